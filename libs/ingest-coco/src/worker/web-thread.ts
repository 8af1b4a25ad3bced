import type { OpenMessage } from './protocol.js';
import { serveRead } from './thread.js';

/** The global scope of a Web Worker, as far as it is used: this package is compiled without the DOM's types. */
const scope = globalThis as unknown as { onmessage: (event: { readonly data: OpenMessage }) => void };

scope.onmessage = ({ data }) => void serveRead(data);
