/**
 * A call was answered by a deployment that has no price, or none of the tier of service that it was served in. Told once a
 * minute for each deployment at most.
 */
export class PriceMissing {
  constructor(
    /** `<provider>/<model>` */
    readonly deployment: string,
    readonly providerName: string,
    readonly upstreamModel: string,
    /** That has no price of its own, and is reckoned at the standard one; `undefined` where there is no price at all. */
    readonly serviceTier?: string,
  ) {}
}
