/** A row that takes more than an answer to show: the test that does. */
interface ShownElsewhere {
  readonly row: number;
  /** From the root of the repository. */
  readonly spec: string;
  /** As it stands in the file. */
  readonly title: string;
}

const SPEC = 'test/bad-inputs/bad-inputs.spec.ts';
const EGRESS = 'test/e2e/egress.spec.ts';

export const ELSEWHERE: readonly ShownElsewhere[] = [
  { row: 31, spec: SPEC, title: 'row 31: TLS on the plain port is closed' },
  { row: 52, spec: SPEC, title: 'row 52: who tries many keys is slowed down, and not who has one' },
  { row: 119, spec: SPEC, title: 'row 119: %s as the name of a file is no more than a name at the provider' },
  // That the trace is a fresh one; the table has that the request is answered.
  { row: 38, spec: 'test/e2e/tracing.spec.ts', title: 'begin anew where a client’s traceparent is none' },
  { row: 56, spec: 'test/structure/admin.spec.ts', title: 'says which scope is needed, on every route' },
  { row: 56, spec: 'test/structure/endpoints.spec.ts', title: 'asks for a key, on every route' },
  { row: 105, spec: EGRESS, title: 'row 105 is refused where a public name leads to a private one: nothing is sent' },
  {
    row: 106,
    spec: EGRESS,
    title: 'row 106 is what was judged: a name that leads elsewhere a moment later gains nothing',
  },
  { row: 107, spec: EGRESS, title: '%i is told, and not followed' },
];

/** What of the list holds otherwise than it says, and why. */
export const OTHERWISE: readonly { readonly row: number; readonly why: string }[] = [
  {
    row: 48,
    why: 'No test asserts a time: an unknown id and a wrong secret take the same way, a digest and a comparison.',
  },
  { row: 45, why: 'Nor this one: that the database is not asked is what keeps it quick.' },
  { row: 64, why: '"10" is an amount: they are given as decimals in text, which lose nothing.' },
];
