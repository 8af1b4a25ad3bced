import { parentPort } from 'node:worker_threads';
import type { OpenMessage } from './protocol.js';
import { serveRead } from './thread.js';

parentPort?.on('message', (message: OpenMessage) => void serveRead(message));
