// Where the command is.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The path of the command: `OTP_CONFORMANCE`, or that of this platform's package. Throws where there is none. */
export function binaryPath() {
  if (process.env.OTP_CONFORMANCE) return process.env.OTP_CONFORMANCE;
  const name = `@otp-conformance/${process.platform}-${process.arch}`;
  const file = process.platform === 'win32' ? 'otp-conformance.exe' : 'otp-conformance';
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), file);
  } catch {
    throw new Error(
      `no package ${name} is installed: either there is no binary for this platform, or optional dependencies were ` +
        'left out (npm install --include=optional). A binary built from the sources can be named in OTP_CONFORMANCE.',
    );
  }
}
