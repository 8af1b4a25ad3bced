import type { OpenMessage, TaskMessage } from './protocol.js';
import { serve } from './thread.js';

/** The global scope of a Web Worker, as far as it is used: this package is compiled without the DOM's types. */
const scope = globalThis as unknown as { onmessage: (event: { readonly data: OpenMessage | TaskMessage }) => void };

scope.onmessage = ({ data }) => void serve(data);
