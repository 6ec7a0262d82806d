/** All calls of a process that is no more are on record: nobody will draw from its leases on budgets again. */
export class LeasesEnded {
  constructor(
    /** Those that its calls had drawn from. */
    readonly leases: readonly string[],
  ) {}
}
