import { parentPort } from 'node:worker_threads';
import type { OpenMessage, TaskMessage } from './protocol.js';
import { serve } from './thread.js';

parentPort?.on('message', (message: OpenMessage | TaskMessage) => void serve(message));
