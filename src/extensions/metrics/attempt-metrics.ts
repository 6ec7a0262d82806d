import { type Counter } from 'prom-client';
import { type AttemptTarget } from '../../events/attempt.js';
import { type CallContext } from '../../events/call-context.js';
import { type LabelValues } from './label-values.js';
import { type MetricFactory } from './metric-factory.js';
import { type Tallies, type Tally } from './tallies.js';

interface TargetSeries {
  readonly attempts: Map<string, Tally>;
  readonly retries: Tally;
  readonly fallbacks: Tally;
  readonly labels: TargetLabels;
}

interface TargetLabels extends Readonly<Record<string, string>> {
  readonly model: string;
  readonly provider: string;
}

/** Counts the tries of calls that are over. */
export class AttemptMetrics {
  private readonly attempts: Tallies;
  private readonly retries: Tallies;
  private readonly fallbacks: Tallies;
  private readonly passedOver: Counter;
  private readonly series = new Map<string, TargetSeries>();
  /** The same by the target, whose name need not be put together then. */
  private readonly known = new WeakMap<AttemptTarget, TargetSeries>();

  constructor(
    factory: MetricFactory,
    private readonly values: LabelValues,
  ) {
    const target = ['model', 'provider'];
    this.attempts = factory.tallies('attempts_total', 'Tries on deployments.', [...target, 'error_type']);
    this.retries = factory.tallies('retries_total', 'Tries again on the same deployment.', target);
    this.fallbacks = factory.tallies('fallbacks_total', 'Tries after another deployment had failed.', target);
    this.passedOver = factory.counter(
      'passed_over_total',
      'Deployments that were not tried, since they lack what the request uses.',
      [...target, 'reason'],
    );
  }

  count({ attempts, passedOver }: CallContext): void {
    let before: AttemptTarget | undefined;
    for (const { target, error } of attempts) {
      const series = this.seriesOf(target);
      this.attemptsOf(series, error === undefined ? null : (error.code ?? error.type)).value++;
      if (before?.id === target.id) series.retries.value++;
      else if (before !== undefined) series.fallbacks.value++;
      before = target;
    }
    for (const { target, reason } of passedOver) this.passedOver.inc({ ...this.labelsOf(target), reason });
  }

  private seriesOf(target: AttemptTarget): TargetSeries {
    let series = this.known.get(target);
    if (series === undefined) {
      series = this.seriesFor(this.labelsOf(target));
      this.known.set(target, series);
    }
    return series;
  }

  private seriesFor(labels: TargetLabels): TargetSeries {
    const name = `${labels.provider} ${labels.model}`;
    const known = this.series.get(name);
    if (known !== undefined) return known;
    const series = {
      attempts: new Map<string, Tally>(),
      retries: this.retries.with(labels),
      fallbacks: this.fallbacks.with(labels),
      labels,
    };
    this.series.set(name, series);
    return series;
  }

  private attemptsOf({ attempts, labels }: TargetSeries, code: string | null): Tally {
    const error = this.values.errorType(code);
    const known = attempts.get(error);
    if (known !== undefined) return known;
    const tally = this.attempts.with({ ...labels, error_type: error });
    attempts.set(error, tally);
    return tally;
  }

  private labelsOf(target: AttemptTarget): TargetLabels {
    return { model: this.values.model(target), provider: target.providerName };
  }
}
