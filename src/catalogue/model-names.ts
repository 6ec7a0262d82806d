/** Folders in which some services keep their models: `models/gemini-…`, `publishers/anthropic/models/claude-…`. */
const FOLDER = /^(?:publishers\/[^/]+\/)?models\//;

/** Bedrock's inference profiles, by ARN or with the region that serves them: `us.anthropic.claude-…`. */
const PROFILE =
  /^(?:arn:[^/]*:(?:inference-profile|foundation-model)\/)?(?:(?:us|eu|apac|ap|jp|au|ca|in|us-gov|global|regional)\.)?/;

/** A model fine-tuned from another: `ft:gpt-4o-mini-2024-07-18:acme::id`. */
const FINE_TUNED = /^ft:([^:]+):.*$/;

/** What is a snapshot or an edition of the same model: dates, versions, `-latest`, `:free`. */
const SUFFIX =
  /(?:-latest|-default|-\d{8}|-\d{4}-\d{2}-\d{2}|-\d{2}-\d{4}|-00\d|@[\w-]+|-v[12](?::\d+)*|:\d+k?|:(?:free|nitro|floor|exacto|online|extended))$/;

/**
 * The forms in which a model may stand in the catalogue, the most exact first: in lower case and without folders and
 * regions, and then with one suffix less each.
 */
export function nameForms(model: string): string[] {
  let form = model.toLowerCase().replace(FOLDER, '').replace(PROFILE, '').replace(FINE_TUNED, '$1');
  // OpenRouter writes `claude-3.5-sonnet` where Anthropic writes `claude-3-5-sonnet`.
  if (form.includes('claude')) form = form.replace(/(?<=\d)\.(?=\d)/g, '-');
  const forms = [form];
  for (;;) {
    const shorter = form.replace(SUFFIX, '');
    if (shorter === form) return forms;
    forms.push(shorter);
    form = shorter;
  }
}
