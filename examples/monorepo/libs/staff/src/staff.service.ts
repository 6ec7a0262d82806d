import { type IncomingMessage } from 'node:http';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { type Caller } from 'nestgate';
import { DataSource } from 'typeorm';
import { Person } from '../../database/src/person.entity.js';

/** Knows the company's people, and remembers whom it has seen. */
@Injectable()
export class StaffService {
  private readonly seen = new Map<string, Caller>();

  constructor(private readonly dataSource: DataSource) {}

  /** Who asks; `undefined` for strangers. */
  async whoAsks(context: ExecutionContext): Promise<Caller | undefined> {
    const badge = context.switchToHttp().getRequest<IncomingMessage>().headers['x-badge'];
    if (typeof badge !== 'string') return undefined;
    const known = this.seen.get(badge);
    if (known !== undefined) return known;
    const person = await this.dataSource.getRepository(Person).findOneBy({ badge });
    if (person === null) return undefined;
    const caller: Caller = { name: person.login, team: person.department };
    this.seen.set(badge, caller);
    return caller;
  }
}
