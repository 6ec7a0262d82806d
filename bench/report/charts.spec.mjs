import { describe, expect, it } from 'vitest';
import { barChart, lineChart } from './charts.mjs';

/** @param {string} svg @param {string} name of an attribute of its rectangles */
const rectangles = (svg, name) =>
  [...svg.matchAll(new RegExp(`<rect [^>]*\\b${name}="([\\d.]+)"[^>]*rx`, 'g'))].map(([, value]) => Number(value));

describe('barChart', () => {
  it('draws bars as long as their values are large', () => {
    const svg = barChart('requests', [
      { name: 'bare', value: 1_000, label: '1000/s' },
      { name: 'nestgate', value: 450, label: '450/s' },
    ]);
    expect(rectangles(svg, 'width')).toEqual([400, 180]);
  });

  it('lets no name break out of its text', () => {
    expect(barChart('a < b & c', [])).toContain('>a &lt; b &amp; c</text>');
  });
});

describe('lineChart', () => {
  it('puts a higher value higher, and leaves out what was not measured', () => {
    const svg = lineChart('added', 'ms', ['100', '250', '500'], [{ name: 'p50', values: [0.5, undefined, 1] }]);
    const [, points = ''] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
    const [first, last, more] = points.split(' ').map((point) => point.split(',').map(Number));
    expect(more).toBeUndefined();
    expect(last?.[1]).toBeLessThan(first?.[1] ?? 0);
    expect(first?.[0]).toBeLessThan(last?.[0] ?? 0);
  });
});
