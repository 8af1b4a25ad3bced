// The least a Node server can do: files of a folder from memory, by name, with no checks. `bare-http.mjs FOLDER`
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , folder = ''] = process.argv;
const files = new Map(readdirSync(folder).map((name) => [`/${name}`, readFileSync(join(folder, name))]));

const server = createServer(({ url = '' }, response) => {
  const bytes = files.get(url);
  if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(200, ['content-type', 'image/webp', 'content-length', String(bytes.length)]).end(bytes);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port},`);
});
