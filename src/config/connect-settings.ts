export interface TlsFiles {
  /** Paths of PEM files. */
  ca?: string;
  cert?: string;
  key?: string;
}

export interface ConnectSettings {
  url: string | string[];
  username?: string;
  password?: string;
  token?: string;
  headers?: Record<string, string>;
  timeout?: string;
  tls?: TlsFiles & { rejectUnauthorized?: boolean };
}
