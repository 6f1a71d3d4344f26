/** Asks a wall meter once: runs the operator's command, or fetches a JSON document. */

import { spawn } from 'node:child_process';

import { figureAtPath, figureInText, type WallFigure } from './wall-meter-figure.js';
import type { WallRead } from './wall-meter-settings.js';

/** Answers longer than this are no wall meter's. */
const MOST_CHARACTERS = 1_000_000;

/** Never rejects: what goes wrong is the reason why there is no figure. Aborted, it gives up at once and ends the command. */
export async function askWallMeter(read: WallRead, signal: AbortSignal): Promise<WallFigure> {
  try {
    if (read.reads === 'command') return figureInText(await outputOf(read.command, signal));
    return figureAtPath(await documentAt(read.url, signal), read.path);
  } catch (error) {
    return { ok: false, reason: reasonOf(signal.aborted ? signal.reason : error) };
  }
}

/** In a process group of its own, so that a whole pipeline ends with it. */
function outputOf(command: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const end = (): void => endGroup(child.pid);
    const output = { text: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output.text += chunk;
      if (output.text.length > MOST_CHARACTERS) end();
    });
    child.stderr
      .setEncoding('utf8')
      .on('data', (chunk: string) => (output.errors = (output.errors + chunk).slice(-4000)));
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      act();
    };
    // What the command left in the background may hold the pipes open: it ends with it.
    const onAbort = (): void => {
      end();
      settle(() => reject(signal.reason as Error));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code, killed) =>
      settle(() =>
        code === 0
          ? resolve(output.text)
          : reject(new Error(`the command ended with ${killed ?? `status ${code}`}${said(output.errors)}`)),
      ),
    );
  });
}

/** Ends the process group that a detached child leads, with all that it has started. */
export function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const said = (errors: string): string => {
  const last = errors.trim().split('\n').at(-1)?.trim() ?? '';
  return last === '' ? '' : `: ${last.slice(0, 200)}`;
};

async function documentAt(address: string, signal: AbortSignal): Promise<unknown> {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(url, {
    signal,
    headers: { accept: 'application/json', ...(username !== '' && { authorization: `Basic ${secret}` }) },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.host} answered ${response.status} ${response.statusText}`.trimEnd());
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${url.host} did not answer with JSON`);
  }
}

/** `fetch` hides what happened in the cause of what it throws. */
function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
