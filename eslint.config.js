/** The rules of docs/architecture.md and CONTRIBUTING.md that a linter can hold; who may import whom is in tests/architecture.test.ts. */

import { defineConfig, globalIgnores } from 'eslint/config';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Numerical folders, where `!` is allowed after a shape check. */
const NUMERICAL = [
  'coordinator/{linalg,surrogate,pareto,proposer,space,analysis}/**/*.ts',
  'agent/trainer/**/*.ts',
  'shared/runtime/random.ts',
];

/** Where a shape is proved elsewhere and `!` is the plainer text: one literal table, one sum of a non-empty list. */
const PROVEN_ELSEWHERE = ['shared/wire/*.ts', 'shared/domain/{quantity,measurement}.ts'];

/** Where time, chance, the environment and the console come in; everybody else is given them. */
const EDGES = ['**/main.ts', 'shared/runtime/**/*.ts', 'shared/schema/environment-schema.ts', 'tests/**/*.ts'];

const GIVEN =
  'take a Clock, Random, Log or value instead; only main.ts, shared/runtime and shared/schema/environment-schema.ts may';

const AMBIENT = {
  'no-console': 'error',
  'no-restricted-globals': [
    'error',
    ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({ name, message: GIVEN })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: GIVEN },
    { object: 'process', property: 'hrtime', message: GIVEN },
    { object: 'Date', property: 'now', message: GIVEN },
    { object: 'Math', property: 'random', message: GIVEN },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        { name: 'node:timers', message: GIVEN },
        { name: 'node:timers/promises', message: GIVEN },
        { name: 'node:perf_hooks', message: GIVEN },
        { name: 'node:process', message: 'use the global' },
      ],
    },
  ],
};

const FORM = {
  eqeqeq: 'error',
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', { max: 3 }],
  'max-depth': ['error', { max: 3 }],
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: 'use a union of literals' },
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: GIVEN },
  ],
  'import-x/no-cycle': ['error', { ignoreExternal: true }],
  'import-x/no-default-export': 'error',
  'import-x/no-duplicates': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/consistent-type-imports': [
    'error',
    { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' },
  ],
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  // Ports are objects of functions that never use `this`; taking them apart is how they are passed on.
  '@typescript-eslint/unbound-method': 'off',
  // A port promises; an adapter that needs no await still turns what it throws into a rejection.
  '@typescript-eslint/require-await': 'off',
};

/** Tests may be long, and may look inside what they test. */
const TEST_FORM = {
  'max-lines': ['error', { max: 500 }],
  'max-lines-per-function': 'off',
  'max-depth': 'off',
  '@typescript-eslint/explicit-module-boundary-types': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.ecopt/', '**/*.pb.ts', 'tests/golden/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['tsconfig.test.json'], tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: 'tsconfig.test.json' })],
      'import-x/extensions': ['.ts'],
    },
    rules: { ...FORM, ...AMBIENT },
  },
  // Offsets into row-major arrays travel beside the arrays, and a triple loop has a condition in it.
  { files: NUMERICAL, rules: { 'max-params': ['error', { max: 6 }], 'max-depth': ['error', { max: 4 }] } },
  // The type of a validation schema is what it says; writing it twice would only be noise.
  { files: ['shared/{schema,wire}/*.ts'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
  { files: [...NUMERICAL, ...PROVEN_ELSEWHERE], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  { files: EDGES, rules: Object.fromEntries(Object.keys(AMBIENT).map((rule) => [rule, 'off'])) },
  { files: ['tests/**/*.ts'], rules: TEST_FORM },
  { files: ['*.config.ts'], rules: { 'import-x/no-default-export': 'off' } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { sourceType: 'module' },
    rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'prefer-const': 'error', 'no-var': 'error' },
  },
);
