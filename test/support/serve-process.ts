import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

// The real program, started as a user would, for tests. Always ended by its own process id.

const root = fileURLToPath(new URL('../../', import.meta.url));

export class ServeProcess {
  readonly port: number;
  readonly process: ChildProcess;
  readonly #output: string[];
  /** It has ended and all that it said has been read: on a busy machine that is later than its end. */
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, port: number, output: string[]) {
    this.process = child;
    this.port = port;
    this.#output = output;
    this.#closed = once(child, 'close');
  }

  /** Starts `meks serve` with these flags on any free port; resolves when it has said where it is. */
  static async start(...flags: string[]): Promise<ServeProcess> {
    const args = ['bin/meks.js', 'serve', '--port', '0', '--no-open', ...flags];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    const port = await new Promise<number>((resolve, reject) => {
      const take = (bytes: Buffer): void => {
        output.push(bytes.toString());
        const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output.join(''));
        if (found !== null) resolve(Number(found[1]));
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('close', (code, signal) =>
        reject(new Error(`meks serve ended with ${code ?? signal}:\n${output.join('')}`)),
      );
    });
    return new ServeProcess(child, port, output);
  }

  get output(): string {
    return this.#output.join('');
  }

  /** The JSON answer to a GET, on a connection of its own: one that is kept may be closed just as it is used again. */
  async json(path: string): Promise<unknown> {
    const request = get({ port: this.port, host: '127.0.0.1', path, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return await json(response);
  }

  /** Ends it and resolves with its exit code, or the signal's name when it did not end by itself. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.#closed;
    return this.process.exitCode ?? this.process.signalCode!;
  }
}
