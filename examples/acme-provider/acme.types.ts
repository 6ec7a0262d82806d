/** What this adapter needs to know of Acme's wire format, and no more. */
export interface AcmeRequest {
  engine: string;
  turns: { who: 'system' | 'person' | 'machine'; says: string }[];
  limit?: number;
  /** Answer in pieces: one JSON object a line. */
  live: boolean;
}

export interface AcmeSpent {
  read: number;
  written: number;
}

export type AcmeEnd = 'done' | 'limit';

export interface AcmeAnswer {
  text: string;
  finished: AcmeEnd;
  spent: AcmeSpent;
}

/** The answer to a request for vectors. */
export interface AcmeVectors {
  vectors: number[][];
  spent: AcmeSpent;
}

/** A line of a live answer. The last one has `finished`. */
export interface AcmeLine {
  piece?: string;
  finished?: AcmeEnd;
  spent?: AcmeSpent;
}
