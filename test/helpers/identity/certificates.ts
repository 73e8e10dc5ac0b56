import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import forge from 'node-forge';

/** Files of one certificate. */
export interface Certificate {
  /** PEM */
  cert: string;
  /** PEM */
  key: string;
  /** PEM, both. */
  both: string;
  /** PKCS#12 */
  pfx: string;
}

export const PASSPHRASE = 'passphrase of the file';
const DAY_MS = 86_400_000;

/** A private certificate authority, and what it issues, in files of a folder. */
export class Authority {
  /** PEM file of the authority itself. */
  readonly ca: string;
  readonly #folder: string;
  readonly #keys = forge.pki.rsa.generateKeyPair(2048);
  readonly #subject: forge.pki.CertificateField[];
  #issued = 1;

  constructor(folder: string, name = 'authority') {
    this.#folder = folder;
    this.#subject = [{ name: 'commonName', value: `Sluice test ${name}` }];
    const certificate = this.#sign(this.#subject, this.#keys.publicKey, 3650, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ]);
    this.ca = this.#write(`${name}.pem`, forge.pki.certificateToPem(certificate));
  }

  /**
   * @param hosts names and addresses of a server; a client has none
   * @param days until it expires; negative: it has expired
   */
  issue(name: string, { hosts = [] as string[], days = 30 } = {}): Certificate {
    const keys = forge.pki.rsa.generateKeyPair(2048);
    const certificate = this.#sign([{ name: 'commonName', value: name }], keys.publicKey, days, [
      { name: 'extKeyUsage', serverAuth: hosts.length > 0, clientAuth: hosts.length === 0 },
      ...(hosts.length === 0
        ? []
        : [
            {
              name: 'subjectAltName',
              altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
            },
          ]),
    ]);
    const [cert, key] = [forge.pki.certificateToPem(certificate), forge.pki.privateKeyToPem(keys.privateKey)];
    const archive = forge.pkcs12.toPkcs12Asn1(keys.privateKey, [certificate], PASSPHRASE, { algorithm: 'aes256' });
    return {
      cert: this.#write(`${name}.cert.pem`, cert),
      key: this.#write(`${name}.key.pem`, key),
      both: this.#write(`${name}.both.pem`, cert + key),
      pfx: this.#write(`${name}.p12`, Buffer.from(forge.asn1.toDer(archive).getBytes(), 'latin1')),
    };
  }

  #sign(subject: forge.pki.CertificateField[], key: forge.pki.PublicKey, days: number, extensions: object[]) {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = key;
    this.#issued += 1;
    certificate.serialNumber = this.#issued.toString(16).padStart(4, '0');
    const end = Date.now() + days * DAY_MS;
    certificate.validity.notBefore = new Date(Math.min(Date.now(), end) - DAY_MS);
    certificate.validity.notAfter = new Date(end);
    certificate.setSubject(subject);
    certificate.setIssuer(this.#subject);
    certificate.setExtensions(extensions);
    certificate.sign(this.#keys.privateKey, forge.md.sha256.create());
    return certificate;
  }

  #write(name: string, content: string | Buffer): string {
    const file = path.join(this.#folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }
}
