/** The guides say what is so: links lead somewhere, paths exist, command lines parse, examples are valid. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';

import { main as agentMain } from '../../agent/main.js';
import { main as coordinatorMain } from '../../coordinator/main.js';
import { parseCampaign } from '../../shared/schema/parse-campaign.js';
import { agentLineSchema, programLineSchema } from '../../shared/schema/trial-protocol.js';

const GUIDES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];
const textOf = (guide: string): string => readFileSync(guide, 'utf8');

/** Contents of the fenced blocks of one language. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].flatMap(([, name, body = '']) => (name === language ? [body] : []));

const withoutBlocks = (text: string): string => text.replace(/^```[^]*?^```$/gm, '');

/** Code within sentences and tables; a table writes `\|` for a bar. */
const inlineCode = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

describe('links', () => {
  const linksOf = (text: string): string[] =>
    [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const anchorsOf = (text: string): string[] =>
    [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  test.each(GUIDES)('of %s lead to a file and to a heading in it', (guide) => {
    const dead = linksOf(textOf(guide)).filter((target) => {
      if (/^https:\/\//.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? guide : join(dirname(guide), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(textOf(file)).includes(anchor));
    });
    expect(dead).toEqual([]);
  });
});

describe('paths', () => {
  const PATH = /^(?:shared|coordinator|agent|deploy|docs|proto|tests)\/[a-z0-9./-]*$/;

  test.each(GUIDES)('that %s names as code exist', (guide) => {
    expect(inlineCode(textOf(guide)).filter((code) => PATH.test(code) && !existsSync(code))).toEqual([]);
  });

  test('every folder of sources has its place in the architecture guide', () => {
    const guide = textOf('docs/architecture.md');
    const folders = ['shared', 'coordinator', 'agent'].flatMap((side) =>
      readdirSync(side, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => [`\`${side}/${name}`, `\`${name}\``]),
    );
    expect(folders.filter((names) => !names.some((name) => guide.includes(name)))).toEqual([]);
  });

  test('npm scripts that guides call are there', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const called = GUIDES.flatMap((guide) =>
      [...textOf(guide).matchAll(/`?npm run ([a-z]+)/g)].map(([, name]) => name!),
    );
    expect(called.length).toBeGreaterThan(4);
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('command lines', () => {
  const COMMANDS = ['run', 'serve', 'agent', 'try', 'doctor', 'report', 'ask-tell', 'campaign', 'campaign validate'];
  const NESTED = ['campaign list', 'campaign replay'];
  /** Shown in guides of their own. */
  const GUIDED = ['measure', 'calibrate-meter'];
  const AGENT_WORDS = ['agent', 'try', 'doctor', ...GUIDED];
  const helps = new Map<string, Promise<string>>();
  const listeners = { SIGINT: process.listeners('SIGINT'), SIGTERM: process.listeners('SIGTERM') };

  afterAll(() => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      for (const listener of process.listeners(signal)) {
        if (!listeners[signal].includes(listener)) process.off(signal, listener);
      }
    }
  });

  const helpOf = (command: string): Promise<string> => {
    const known = helps.get(command) ?? readHelp(command.split(' '));
    helps.set(command, known);
    return known;
  };

  async function readHelp(words: readonly string[]): Promise<string> {
    let text = '';
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    try {
      const main = AGENT_WORDS.includes(words[0]!) ? agentMain : coordinatorMain;
      expect(await main([...words, '--help'])).toBe(0);
      return text;
    } finally {
      spy.mockRestore();
    }
  }

  /** Words of a line of a shell, without its comment. */
  const wordsOf = (line: string): string[] =>
    [...line.replace(/\s+#.*$/, '').matchAll(/'[^']*'|\S+/g)].map(([word]) => word.replaceAll("'", ''));

  const linesOf = (guide: string): string[] => {
    const shell = blocks(textOf(guide), 'sh').flatMap((block) => block.split('\n'));
    const all = [...shell, ...inlineCode(textOf(guide))].map((line) => line.trim().replace(/^npx ecopt/, 'ecopt'));
    return all.filter((line) => /^ecopt( |$)/.test(line));
  };

  /** What is wrong with a line: a command, flag or file that there is not. */
  async function faultsOf(line: string): Promise<string[]> {
    // What follows a pipe, or the dashes of `measure`, belongs to another program.
    const [, ...words] = wordsOf(line.split(/ \| | -- /)[0]!);
    const command = [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) =>
      [...COMMANDS, ...NESTED, ...GUIDED].includes(name),
    );
    if (command === undefined) return words.every((word) => word === '--help') ? [] : [`no such command: ${line}`];
    const help = await helpOf(command);
    const flags = words.filter((word) => word.startsWith('--') && word !== '--help');
    const files = words.filter((word) => word.startsWith('deploy/'));
    return [
      ...flags
        .filter((flag) => !new RegExp(`^ +(--[a-z-]+, )?${flag}\\b`, 'm').test(help))
        .map((flag) => `${command} has no ${flag}`),
      ...files.filter((file) => !existsSync(file)).map((file) => `there is no ${file}`),
    ];
  }

  test.each(GUIDES)('of %s have only commands, flags and files that exist', async (guide) => {
    const faults = await Promise.all(linesOf(guide).map(faultsOf));
    expect(faults.flat()).toEqual([]);
  });

  test('a wrong one is seen', async () => {
    expect(await faultsOf('ecopt rum x.yaml')).toHaveLength(1);
    expect(await faultsOf('ecopt run x.yaml --allow-commands')).toEqual(['run has no --allow-commands']);
    expect(await faultsOf('ecopt try deploy/campaigns/none.yaml --set lr=1 # a comment')).toHaveLength(1);
  });

  test('the README shows every command', () => {
    const shown = linesOf('README.md').join('\n');
    expect([...COMMANDS, ...NESTED].filter((name) => !shown.includes(`ecopt ${name}`))).toEqual([]);
  });
});

describe('examples', () => {
  test('parts of campaign files in the README are parts of the files', () => {
    const files = readdirSync('deploy/campaigns')
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => textOf(join('deploy/campaigns', name)));
    const parts = blocks(textOf('README.md'), 'yaml');
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.filter((part) => !files.some((file) => file.includes(part)))).toEqual([]);
  });

  test('lines of the trial protocol are valid, as each side says them', () => {
    const [program = '', agent = ''] = blocks(textOf('docs/trial-protocol.md'), 'jsonl');
    const linesIn = (block: string): unknown[] =>
      block
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    const faults = [
      ...linesIn(program).map((line) => programLineSchema.safeParse(line)),
      ...linesIn(agent).map((line) => agentLineSchema.safeParse(line)),
    ].flatMap(({ error }) => error?.issues ?? []);
    expect(faults).toEqual([]);
  });

  test('the campaign of the trial protocol is valid', () => {
    const [text = ''] = blocks(textOf('docs/trial-protocol.md'), 'yaml');
    expect(parseCampaign(text)).toMatchObject({ ok: true, campaign: { name: 'trial-protocol' } });
  });
});
