/** The meter as plain JavaScript: a thread and a second process cannot load TypeScript sources. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDERS = ['agent/meter', 'shared/domain', 'shared/runtime'] as const;

export interface BuiltMeter extends Disposable {
  /** URL of a built file by its source path without extension, such as `agent/meter/open-meter`. */
  url(path: string): string;
}

/** Translates the sources into a folder from which installed packages can be found. */
export function buildMeter(): BuiltMeter {
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(join(cache, 'ecopt-meter-'));
  writeFileSync(join(target, 'package.json'), '{"type":"module"}');
  for (const path of FOLDERS.flatMap(sourcesOf)) {
    const { outputText } = ts.transpileModule(readFileSync(join(ROOT, path), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    const built = join(target, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(built), { recursive: true });
    writeFileSync(built, outputText);
  }
  return {
    url: (path) => pathToFileURL(join(target, `${path}.js`)).href,
    [Symbol.dispose]: () => rmSync(target, { recursive: true, force: true }),
  };
}

const sourcesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
