// A fake GCS with one object of so many bytes: node gcs-server.mjs BYTES. Prints its URL.
import { startFakeGcs } from '@datavis/fake-gcs';

const server = await startFakeGcs();
server.put('bench', 'object', Buffer.alloc(Number(process.argv[2]), 'some bytes of an annotation file, '));
console.log(server.url);
