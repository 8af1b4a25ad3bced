// Fenced code blocks of Markdown files: language, flags, text, place.
import { readFileSync } from 'node:fs';

const fence = /^(```+)(\S+)?[ \t]*(.*)$/;

/**
 * Reads the fenced blocks of a file. The words after the language are flags: `ts runnable` has the flag `runnable`.
 * A block inside of a longer fence belongs to that one's text.
 */
export function codeBlocks(path, text = readFileSync(path, 'utf8')) {
  const blocks = [];
  let open;
  text.split('\n').forEach((line, index) => {
    const match = fence.exec(line.trimStart());
    if (open === undefined) {
      if (match === null) return;
      open = {
        mark: match[1],
        language: match[2] ?? '',
        flags: match[3].split(/\s+/).filter(Boolean),
        line: index + 1,
        lines: [],
      };
    } else if (line.trim() === open.mark) {
      const { language, flags, line: at, lines } = open;
      blocks.push({ path, line: at, language, flags, code: `${lines.join('\n')}\n` });
      open = undefined;
    } else open.lines.push(line);
  });
  return blocks;
}
