import { type BillableUnits } from './billable-units.js';
import { isObject } from './json.js';
import { withServiceTier } from './service-tier.js';

const amount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;

/**
 * What an OpenAI-style `usage` object says beside tokens, or `undefined` where that is nothing: images among them, the
 * seconds of a recording, and the searches of a ranking, as OpenRouter has them.
 *
 * @see https://platform.openai.com/docs/api-reference/audio/json-object
 * @see https://platform.openai.com/docs/api-reference/images/object#images/object-usage
 */
export function unitsFromOpenAi(usage: unknown): BillableUnits | undefined {
  if (!isObject(usage)) return undefined;
  return unitsOf({
    seconds: amount(usage['seconds']) ?? secondsHeard(usage),
    searches: amount(usage['search_units']),
    inputImageTokens: imageTokensIn(usage['input_tokens_details'] ?? usage['prompt_tokens_details']),
    outputImageTokens: imageTokensIn(usage['output_tokens_details'] ?? usage['completion_tokens_details']),
  });
}

/**
 * What the answer to a chat says beside tokens: the searches that the model has made, the seconds it has heard, and the
 * tier it was served in, which Mistral says in the usage.
 *
 * @see https://docs.perplexity.ai/api-reference/chat-completions-post (`num_search_queries`)
 * @see https://openrouter.ai/docs/features/web-search (`server_tool_use`, as Anthropic has it)
 * @see https://docs.x.ai/docs/guides/live-search (`num_sources_used`: each source is billed)
 */
export function unitsOfChat(usage: unknown, serviceTier: unknown): BillableUnits | undefined {
  if (!isObject(usage)) return withServiceTier(undefined, serviceTier);
  const searches = searchesIn(usage);
  const seconds = secondsHeard(usage);
  const units = searches === undefined && seconds === undefined ? undefined : unitsOf({ searches, seconds });
  return withServiceTier(units, serviceTier ?? usage['service_tier']);
}

/** @see https://docs.mistral.ai/capabilities/audio (`prompt_audio_seconds`: Mistral bills recordings by their length) */
function secondsHeard(usage: Record<string, unknown>): number | undefined {
  return amount(usage['prompt_audio_seconds']);
}

function searchesIn(usage: Record<string, unknown>): number | undefined {
  const tools = usage['server_tool_use'];
  const made = isObject(tools) ? tools['web_search_requests'] : undefined;
  return amount(made) ?? amount(usage['num_search_queries']) ?? amount(usage['num_sources_used']);
}

/** The units that are known; `undefined` where none is. */
export function unitsOf(units: { readonly [Name in keyof BillableUnits]: BillableUnits[Name] | undefined }):
  BillableUnits | undefined {
  const known = Object.entries(units).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

/** What Cohere bills a ranking by, as others who follow it do. @see https://docs.cohere.com/reference/rerank */
export function unitsOfRanking(meta: unknown): BillableUnits | undefined {
  const billed = isObject(meta) ? meta['billed_units'] : undefined;
  return unitsOf({ searches: amount(isObject(billed) ? billed['search_units'] : undefined) });
}

/** A recording's length, as `verbose_json` and subtitles tell it. */
export function unitsOfDuration(duration: unknown): BillableUnits | undefined {
  return unitsOf({ seconds: amount(typeof duration === 'string' ? Number(duration) : duration) });
}

const SUBTITLE_END = /--> (?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})/g;

/** Of subtitles (`srt`, `vtt`), how long what they are of is at least. */
export function unitsOfSubtitles(text: string): BillableUnits | undefined {
  const last = [...text.matchAll(SUBTITLE_END)].at(-1);
  if (last === undefined) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0', thousandths = '0'] = last;
  const end = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1_000;
  return end > 0 ? { seconds: end, isEstimated: true } : undefined;
}

function imageTokensIn(details: unknown): number | undefined {
  return isObject(details) ? amount(details['image_tokens']) : undefined;
}
