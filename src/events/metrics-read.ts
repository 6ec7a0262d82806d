/** Numbers that somebody keeps anyway, and that are asked for when metrics are read. */
export const READINGS = {
  calls_in_flight: { kind: 'gauge', help: 'Calls under way.', labels: [] },
  overloaded: { kind: 'gauge', help: 'Whether there is more to do than the process can.', labels: [] },
  shed_requests_total: { kind: 'counter', help: 'Requests refused for overload.', labels: ['priority'] },
  circuit_open: {
    kind: 'gauge',
    help: 'Whether the circuit of a deployment is open; of those that something went wrong with lately.',
    labels: ['model', 'provider'],
  },
  upstream_tries_in_flight: { kind: 'gauge', help: 'Tries under way at a provider.', labels: ['provider'] },
  upstream_tries_waiting: { kind: 'gauge', help: 'Tries that wait for a place at a provider.', labels: ['provider'] },
  name_lookups_total: { kind: 'counter', help: 'Names of hosts looked up, by how it ended.', labels: ['result'] },
  name_lookup_seconds_total: { kind: 'counter', help: 'What those took, all together.', labels: ['result'] },
  name_lookups_under_way: { kind: 'gauge', help: 'Names that the system is looking for.', labels: [] },
  name_stand_ins_total: {
    kind: 'counter',
    help: 'Connections to an address found before, since the name server fails or hangs.',
    labels: [],
  },
  cache_hits_total: { kind: 'counter', help: 'Calls that the cache answered.', labels: [] },
  cache_misses_total: { kind: 'counter', help: 'Calls that the cache had no answer for.', labels: [] },
  usage_records_pending: { kind: 'gauge', help: 'Usage records that wait to be stored.', labels: [] },
  usage_records_written_total: { kind: 'counter', help: 'Usage records stored.', labels: [] },
  usage_records_lost_total: { kind: 'counter', help: 'Usage records lost, since too many waited.', labels: [] },
  usage_journal_writable: { kind: 'gauge', help: 'Whether the usage journal takes calls.', labels: [] },
  usage_journal_bytes: { kind: 'gauge', help: 'What the usage journal of this process weighs.', labels: [] },
  usage_journal_replayed_total: {
    kind: 'counter',
    help: 'Usage records taken over from the journals of processes that had died.',
    labels: [],
  },
  usage_journal_interrupted_total: {
    kind: 'counter',
    help: 'Of those, calls that were under way when their process died.',
    labels: [],
  },
  usage_journal_damaged_total: {
    kind: 'counter',
    help: 'Lines of usage journals that could not be read.',
    labels: [],
  },
  audit_entries_pending: { kind: 'gauge', help: 'Audit entries that wait to be written.', labels: [] },
  audit_entries_written_total: { kind: 'counter', help: 'Audit entries written.', labels: [] },
  audit_entries_lost_total: { kind: 'counter', help: 'Audit entries lost, since too many waited.', labels: [] },
  retention_removed_total: {
    kind: 'counter',
    help: 'Rows removed by this process, since they were older than the settings say.',
    labels: ['table'],
  },
  trace_spans_dropped_total: { kind: 'counter', help: 'Spans that never reached the receiver.', labels: [] },
} as const satisfies Record<string, ReadingDefinition>;

interface ReadingDefinition {
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
}

export type ReadingName = keyof typeof READINGS;

export interface Reading {
  readonly name: ReadingName;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Somebody reads the metrics: who keeps a number tells it now. So keeping them costs the calls nothing. */
export class MetricsRead {
  private readonly told: Reading[] = [];

  get readings(): readonly Reading[] {
    return this.told;
  }

  tell(name: ReadingName, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.told.push({ name, value, labels });
  }
}
