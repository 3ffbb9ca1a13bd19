import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Plugin } from 'vite';

// Fonts (woff2) are compressed already.
const worthCompressing = /^assets\/.*\.(js|css|svg)$/;

/** Writes a .br and a .gz file beside every asset that gains from it, so that the console compresses nothing at run time. */
export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) {
        throw new Error('precompress needs build.outDir');
      }
      await Promise.all(
        Object.values(bundle)
          .filter(({ fileName }) => worthCompressing.test(fileName))
          .map(async (file) => {
            const content = Buffer.from(file.type === 'chunk' ? file.code : file.source);
            const path = join(dir, file.fileName);
            const [br, gz] = await Promise.all([
              promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
              promisify(gzip)(content, { level: 9 }),
            ]);
            await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
          }),
      );
    },
  };
}
