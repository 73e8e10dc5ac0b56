export interface TlsFiles {
  /** Paths of PEM files. */
  ca?: string;
  cert?: string;
  key?: string;
}

export interface TlsSettings extends TlsFiles {
  /** Path of a PKCS#12 file with certificate and key, instead of `cert` and `key`. */
  pfx?: string;
  /** Of `key` or `pfx`. */
  passphrase?: string;
  /** Name that is asked for, and that the server's certificate must have, if it is not the URL's. */
  serverName?: string;
  /** Accept any certificate. */
  insecure?: boolean;
  /** False: the older way to write `insecure: true`. */
  rejectUnauthorized?: boolean;
}

/** A client of an OAuth 2.0 server, which gets tokens for itself (client credentials). */
export interface OauthSettings {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope?: string;
  audience?: string;
  /** How id and secret are sent: in a header (the default), or in the body. */
  clientAuthentication?: 'basic' | 'post';
  tls?: TlsSettings;
}

/** An application of Microsoft Entra ID: with a secret, a certificate, or the token of its Kubernetes service account. */
export interface EntraSettings {
  tenantId: string;
  clientId: string;
  scope: string;
  clientSecret?: string;
  /** Path of a PEM file with the certificate and its key. */
  certificate?: string;
  /** Path of the service account's token (workload identity). */
  federatedTokenFile?: string;
  /** URL of another cloud than the public one. */
  authority?: string;
  tls?: TlsSettings;
}

export interface ConnectSettings {
  url: string | string[];
  username?: string;
  password?: string;
  token?: string;
  /** Path of a file with a bearer token, which is read for each request. */
  tokenFile?: string;
  oauth?: OauthSettings;
  entra?: EntraSettings;
  headers?: Record<string, string>;
  timeout?: string;
  tls?: TlsSettings;
}
