/** What a call used beside tokens, or says more exactly than they do: whatever providers take money for. */
export interface BillableUnits {
  /** Images made. */
  readonly images?: number;
  /** Of the images, where the request asked for one: `1024x1024`. */
  readonly imageSize?: string;
  /** Of the images, where the request asked for one: `hd`. */
  readonly imageQuality?: string;
  /** Seconds of audio heard. */
  readonly seconds?: number;
  /** The seconds are nobody's count, but what the text of the recording tells. */
  readonly isEstimated?: true;
  /** Characters spoken. */
  readonly characters?: number;
  /** Searches, in the provider's units: of rankings, and of models that search by themselves. */
  readonly searches?: number;
  /** Of the plain input tokens, those of images. */
  readonly inputImageTokens?: number;
  /** Of the plain output tokens, those of images. */
  readonly outputImageTokens?: number;
  /** The tier that it was served in, where that is not the standard one: `flex`, `priority`. */
  readonly serviceTier?: string;
}
