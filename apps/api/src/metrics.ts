import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Gate } from './http/gate.js';

export interface Metrics {
  readonly contentType: string;
  observe(method: string, route: string, status: number, elapsedMs: number): void;
  /** An answer that needed no route. It is counted, not timed: a timer would cost a tenth of such an answer. */
  warmAnswer(route: string, status: 200 | 304): void;
  /** Text in the Prometheus exposition format. */
  text(): Promise<string>;
  close(): void;
}

/** What is counted under the names of its keys. */
export interface MeasuredGates {
  readonly heavy: Gate;
  readonly streams: Gate;
}

/** Metrics of one server, in a registry of its own: several servers in one process do not mix. */
export function createMetrics(gates: MeasuredGates): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'datavis_http_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer, but for those of datavis_warm_answers_total.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  });
  const answers = new Counter({
    name: 'datavis_http_responses_total',
    help: 'Answers by status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const warm = new Counter({
    name: 'datavis_warm_answers_total',
    help: 'Thumbnails answered from memory before any route.',
    registers: [registry],
  });
  for (const [name, what, gate] of [
    ['heavy', 'Heavy requests', gates.heavy],
    ['streams', 'Exports and lists as streams', gates.streams],
  ] as const) {
    new Gauge({
      name: `datavis_${name}_running`,
      help: `${what} that run now.`,
      registers: [registry],
      collect() {
        this.set(gate.running);
      },
    });
    new Gauge({
      name: `datavis_${name}_waiting`,
      help: `${what} that wait for their turn.`,
      registers: [registry],
      collect() {
        this.set(gate.waiting);
      },
    });
  }

  // Looking a child up by labels hashes them each time; routes are few, so children are kept.
  const timers = new Map<string, { observe(value: number): void }>();
  const counters = new Map<string, { inc(): void }>();
  const warmAnswers = new Map<string, { ok: number; notModified: number }>();

  /** Warm answers are added to the counters when somebody reads them. */
  function addWarmAnswers(): void {
    for (const [route, { ok, notModified }] of warmAnswers) {
      if (ok > 0) answers.labels('GET', route, '200').inc(ok);
      if (notModified > 0) answers.labels('GET', route, '304').inc(notModified);
      warm.inc(ok + notModified);
    }
    warmAnswers.clear();
  }

  return {
    contentType: registry.contentType,
    observe(method, route, status, elapsedMs) {
      const key = `${method} ${route}`;
      let timer = timers.get(key);
      if (timer === undefined) timers.set(key, (timer = seconds.labels(method, route)));
      timer.observe(elapsedMs / 1000);
      const statusKey = `${status} ${key}`;
      let counter = counters.get(statusKey);
      if (counter === undefined) {
        counters.set(statusKey, (counter = answers.labels(method, route, String(status))));
      }
      counter.inc();
    },
    warmAnswer(route, status) {
      let counts = warmAnswers.get(route);
      if (counts === undefined) warmAnswers.set(route, (counts = { ok: 0, notModified: 0 }));
      if (status === 200) counts.ok++;
      else counts.notModified++;
    },
    text() {
      addWarmAnswers();
      return registry.metrics();
    },
    close() {
      registry.clear();
    },
  };
}
