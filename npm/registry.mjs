// A registry for one scope on loopback, from the files that pack.mjs wrote: what npm finds there is what it would find
// after a release. Prints its address, and ends when its standard input does.
//
//   node npm/registry.mjs FOLDER

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const [folder] = process.argv.slice(2);
const packages = new Map(readdirSync(folder).filter((file) => file.endsWith('.tgz')).map((file) => [file, known(file)]));

/** What a package says of itself: package.json is found in the archive by its header. */
function known(file) {
  const packed = readFileSync(join(folder, file));
  const tar = gunzipSync(packed);
  for (let at = 0; at < tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = parseInt(tar.toString('utf8', at + 124, at + 136), 8) || 0;
    if (name === 'package/package.json') {
      return { packed, about: JSON.parse(tar.toString('utf8', at + 512, at + 512 + size)) };
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${file}: no package.json`);
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.slice(1));
  const file = packages.get(path.replace(/^files\//, ''));
  if (file) return response.end(file.packed);
  const found = [...packages].find(([, { about }]) => about.name === path);
  if (!found) {
    response.statusCode = 404;
    return response.end('{}');
  }
  const [name, { packed, about }] = found;
  const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
  const dist = { tarball: `http://${request.headers.host}/files/${name}`, integrity };
  response.setHeader('content-type', 'application/json');
  const whole = { name: about.name, 'dist-tags': { latest: about.version }, versions: { [about.version]: { ...about, dist } } };
  return response.end(JSON.stringify(whole));
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.stdin.resume().on('end', () => process.exit(0));
