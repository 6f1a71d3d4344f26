/** Writes shared/wire/descriptor.pb.ts from proto/*.proto; run by `npm run proto`, checked by a test. */
import { readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const protoFolder = fileURLToPath(new URL('../proto/', import.meta.url));

/** The text of the generated file. */
export function descriptorSource() {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => `${protoFolder}${target.split('/').pop()}`;
  const files = readdirSync(protoFolder).filter((file) => file.endsWith('.proto'));
  root.loadSync(files.sort());
  return [
    '/** Generated from proto/*.proto by `npm run proto`; do not edit. */',
    '',
    `export const DESCRIPTOR = ${JSON.stringify(root.toJSON(), null, 1)};`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../shared/wire/descriptor.pb.ts', import.meta.url), descriptorSource());
}
