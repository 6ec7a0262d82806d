import { type Column } from '../table.js';

/** A member of a query or a body, and the option that sets it: `expiresAt` is `--expires-at`. */
export interface Field {
  readonly name: string;
  readonly kind: 'text' | 'whole' | 'flag' | 'list' | 'json';
  /** For the help. */
  readonly says: string;
}

/** What a person sees of an answer. Programs see all of it, as it came. */
export type Shown =
  | { readonly as: 'nothing' | 'members' | 'text' }
  /** The member of the answer that is a list; with `next` it is a page of a longer one. */
  | { readonly as: 'list'; readonly list: string; readonly columns: readonly Column[]; readonly isPaged?: true };

/** A call over REST as a command. */
export interface RestCommand {
  readonly verb: string;
  readonly says: string;
  /** `POST /admin/keys/{id}/rotate`: what stands in braces are the arguments. */
  readonly call: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} /${string}`;
  readonly query?: readonly Field[];
  readonly body?: readonly Field[];
  /** The body is a merge patch: members may be cleared. */
  readonly isPatch?: true;
  /** Whether it asks for the version that is to be changed. */
  readonly ifMatch?: 'required' | 'optional';
  /** It is done once for an `Idempotency-Key`. */
  readonly isIdempotent?: true;
  readonly shown: Shown;
  /** An answer that is bad news. */
  readonly isBad?: (answer: Readonly<Record<string, unknown>>) => boolean;
}

/** Commands on one kind of thing. */
export interface RestGroup {
  readonly name: string;
  readonly says: string;
  /** Whose port they ask: the administration's unless said otherwise. */
  readonly port?: 'clients';
  readonly commands: readonly RestCommand[];
}

const fieldsOf =
  (kind: Field['kind']) =>
  (name: string, says: string): Field => ({ name, kind, says });

export const text = fieldsOf('text');
export const whole = fieldsOf('whole');
export const flag = fieldsOf('flag');
/** With commas between, or said several times. */
export const list = fieldsOf('list');
export const json = fieldsOf('json');

export const NOTHING: Shown = { as: 'nothing' };
export const MEMBERS: Shown = { as: 'members' };
export const TEXT: Shown = { as: 'text' };

/** A page of a longer list. */
export const pageOf = (name: string, ...columns: Column[]): Shown => ({
  as: 'list',
  list: name,
  columns,
  isPaged: true,
});

/** All there is. */
export const listOf = (name: string, ...columns: Column[]): Shown => ({ as: 'list', list: name, columns });

export const PAGE: readonly Field[] = [
  whole('limit', 'so many at most'),
  text('cursor', 'goes on there: `next` of the page before'),
];
