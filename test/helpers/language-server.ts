import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { packagePath } from '../../src/config/package-root.ts';

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

export interface Diagnostic {
  message: string;
  range: { start: { line: number; character: number } };
}

/** The YAML language server of VS Code's extension, over its own protocol (LSP on stdio), with its default settings. */
export class YamlLanguageServer {
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #diagnostics = new Map<string, Diagnostic[]>();
  readonly #told = new Map<string, () => void>();
  #buffer: Buffer = Buffer.alloc(0);
  #last = 0;

  constructor() {
    const server = packagePath('node_modules', 'yaml-language-server', 'bin', 'yaml-language-server');
    this.#process = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdout?.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  async start(folder: string): Promise<void> {
    const rootUri = pathToFileURL(folder).href;
    await this.#request('initialize', { processId: null, rootUri, capabilities: {}, workspaceFolders: null });
    this.#send({ method: 'initialized', params: {} });
  }

  stop(): void {
    this.#process.kill();
  }

  /** Opens a file as an editor would and waits for what the server has against it. */
  async open(file: string, text: string): Promise<Diagnostic[]> {
    const uri = pathToFileURL(file).href;
    const told = new Promise<void>((resolve) => this.#told.set(uri, resolve));
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    this.#send({ method: 'textDocument/didOpen', params: { textDocument } });
    await told;
    return this.#diagnostics.get(uri) ?? [];
  }

  /** Labels of the completions at a place; lines and characters from 0. */
  async complete(file: string, line: number, character: number): Promise<string[]> {
    const result = await this.#request('textDocument/completion', place(file, line, character));
    return (result as { items: { label: string }[] }).items.map(({ label }) => label);
  }

  async hover(file: string, line: number, character: number): Promise<string> {
    const result = await this.#request('textDocument/hover', place(file, line, character));
    return JSON.stringify((result as { contents?: unknown } | null)?.contents ?? '');
  }

  #request(method: string, params: unknown): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ error, result }) => (error ? reject(new Error(error.message)) : resolve(result)));
      this.#send({ id, method, params });
    });
  }

  #send(message: Message): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/.exec(this.#buffer.subarray(0, end).toString())?.[1]);
      if (end < 0 || this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + length).toString()) as Message;
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#handle(message);
    }
  }

  #handle(message: Message): void {
    if (message.method === undefined) {
      if (message.id !== undefined) this.#answers.get(message.id)?.(message);
    } else if (message.id !== undefined) {
      // What the server asks its editor (settings, registrations): nothing is set.
      const items = (message.params as { items?: unknown[] } | undefined)?.items;
      this.#send({ id: message.id, result: items ? items.map(() => null) : null });
    } else if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: Diagnostic[] };
      this.#diagnostics.set(uri, diagnostics);
      this.#told.get(uri)?.();
    }
  }
}

function place(file: string, line: number, character: number) {
  return { textDocument: { uri: pathToFileURL(file).href }, position: { line, character } };
}
