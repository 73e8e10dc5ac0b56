/** Node's codes for what goes wrong in TLS: the other side's certificate, its protocol, or files of one's own. */
const TLS_REASON = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|ALTNAME|EPROTO|WRONG_VERSION|HOSTNAME/;

export function isTlsReason(reason: string): boolean {
  return TLS_REASON.test(reason);
}

/**
 * What to do about it.
 * @param settings the settings of the files, such as `connect.tls`
 * @param without what to check where the port may not speak TLS
 */
export function tlsHint(reason: string, settings: string, without: string): string {
  if (/EPROTO|WRONG_VERSION/.test(reason)) return `The port does not speak TLS, or not this version: ${without}`;
  if (/OSSL|PEM/.test(reason))
    return `Check the files of ${settings} (ca, cert and key): OpenSSL cannot read one of them.`;
  if (/EXPIRED/.test(reason)) return "The server's certificate has expired.";
  if (/ALTNAME|HOSTNAME/.test(reason))
    return 'The certificate is for another host name: use the name in the certificate.';
  return `Give the certificate authority as ${settings}.ca (a PEM file) of the context.`;
}
