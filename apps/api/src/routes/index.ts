import type { App } from '../http/app.js';
import type { RouteContext } from './context.js';
import { systemRoutes } from './system.js';

export function installRoutes(app: App, context: RouteContext): Promise<void> {
  systemRoutes(app, context);
  return Promise.resolve();
}
