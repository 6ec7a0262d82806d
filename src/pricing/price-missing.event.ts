/** A call was answered by a deployment that has no price. Told once a minute for each deployment at most. */
export class PriceMissing {
  constructor(
    /** `<provider>/<model>` */
    readonly deployment: string,
    readonly providerName: string,
    readonly upstreamModel: string,
  ) {}
}
