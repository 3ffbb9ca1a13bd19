import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noStorage = 'The UI keeps nothing in the browser: hold it in memory.';

export default defineConfig(
  globalIgnores(['dist']),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, reactHooks.configs.flat['recommended-latest']],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-globals': ['error', ...['localStorage', 'sessionStorage', 'indexedDB'].map((name) => ({ name, message: noStorage }))],
      'no-restricted-properties': [
        'error',
        ...['localStorage', 'sessionStorage', 'indexedDB'].map((property) => ({ object: 'window', property, message: noStorage })),
        { object: 'document', property: 'cookie', message: noStorage },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "What a region says is rendered as text only." },
        { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: "What a region says is rendered as text only." },
      ],
    },
  },
  // Who may import whom: app -> clusters, login -> shown -> api.
  ...[
    { room: 'api', forbidden: ['app', 'clusters', 'login', 'shown'] },
    { room: 'shown', forbidden: ['app', 'clusters', 'login'] },
    { room: 'login', forbidden: ['app', 'clusters'] },
    { room: 'clusters', forbidden: ['app', 'login'] },
  ].map(({ room, forbidden }) => ({
    files: [`src/${room}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.tsx'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: forbidden.map((name) => `**/${name}/**`), message: `${room} does not import ${forbidden.join(', ')}.` }] }],
    },
  })),
);
