// clarinet's bare events over a file: what a reader on it costs before it does anything.
import { createReadStream } from 'node:fs';
import clarinet from 'clarinet';

const parser = clarinet.parser();
parser.bufferCheckPosition = Infinity;
let events = 0;
for (const event of ['value', 'key', 'openobject', 'closeobject', 'openarray', 'closearray']) {
  parser[`on${event}`] = () => events++;
}
for await (const text of createReadStream(process.argv[2], { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
  parser.write(text);
}
console.log(JSON.stringify({ metrics: { events } }));
