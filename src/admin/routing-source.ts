/** Where something that requests are routed by comes from. */
export const ROUTING_SOURCES = ['stored', 'configuration'] as const;
export type RoutingSource = (typeof ROUTING_SOURCES)[number];

/** What everything that requests are routed by has, as administrators see it. */
export interface ShownEntry {
  readonly name: string;
  readonly source: RoutingSource;
  /** Where the configuration has it, it is changed there. */
  readonly readOnly: boolean;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly version: number;
}

export const CONFIGURED = {
  source: 'configuration',
  readOnly: true,
  createdAt: null,
  updatedAt: null,
  version: 0,
} as const;
export const STORED = { source: 'stored', readOnly: false } as const;
