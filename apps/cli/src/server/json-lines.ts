import { CliError } from '../errors.js';

/** Values of NDJSON, as its lines arrive; no body is no line. Breaking out of the loop ends the connection. */
export async function* jsonLines(
  body: ReadableStream<Uint8Array> | null | undefined,
): AsyncGenerator<unknown, void> {
  if (body === null || body === undefined) return;
  const utf8 = new TextDecoder();
  let rest = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + utf8.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
  if (rest !== '')
    throw new CliError('DATAVIS_CLI_SERVER', 'The answer of the server ends in the middle of a line');
}
