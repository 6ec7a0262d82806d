import { isCreditCard, isIBAN, isIP } from 'class-validator';
import { PERSONAL_DATA, type PersonalData } from '../../guardrail.options.js';
import { parsePattern } from './pattern-syntax.js';
import { type TextRule } from './text-rules.js';

interface Form {
  readonly patterns: readonly string[];
  isValid?(text: string): boolean;
  /** Other digits beside it make it another number. */
  readonly isNumber?: true;
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';

/** How personal data looks. What has a checksum is held to it; what has none is masked once too often rather than not. */
const FORMS: Readonly<Record<PersonalData, Form>> = {
  email: {
    patterns: [
      '[A-Za-z0-9\\u00c0-\\u024f._%+\\-]{1,64}@(?:[A-Za-z0-9\\u00c0-\\u024f](?:[A-Za-z0-9\\u00c0-\\u024f\\-]*[A-Za-z0-9\\u00c0-\\u024f])?\\.)+[A-Za-z\\u00c0-\\u024f]{2,24}',
    ],
  },
  phone: {
    patterns: [
      // International, and as North Americans write it at home.
      '(?:\\+|00)[1-9](?:[ .\\-/()]{0,2}\\d){6,14}',
      '(?:\\(\\d{3}\\) ?|\\d{3}[ .\\-])\\d{3}[ .\\-]\\d{4}',
    ],
    isNumber: true,
  },
  'credit-card': {
    patterns: ['\\d(?:[ \\-]?\\d){12,18}'],
    isValid: (text) => isCreditCard(text.replaceAll(/[ -]/g, '')),
    isNumber: true,
  },
  iban: {
    patterns: ['\\b[A-Za-z]{2}\\d{2}(?:[ \\-]?[A-Za-z0-9]){11,30}\\b'],
    isValid: (text) => isIBAN(text.replaceAll(/[ -]/g, '').toUpperCase()),
  },
  'ip-address': {
    patterns: [`\\b${OCTET}(?:\\.${OCTET}){3}\\b`, '\\b(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{1,15}\\b'],
    isValid: (text) => (text.includes(':') ? isAddress(text) : isIP(text, '4')),
  },
  'us-ssn': {
    patterns: ['\\d{3}[ \\-]\\d{2}[ \\-]\\d{4}'],
    isValid: (text) => !/^(?:000|666|9)|^...[ -]00|0000$/.test(text),
    isNumber: true,
  },
  secret: {
    patterns: [
      // OpenAI, Anthropic, OpenRouter, Stripe, this gateway
      '\\b(?:sk|pk|rk)[\\-_][A-Za-z0-9_\\-]{16,}',
      // AWS, Google
      '\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b',
      '\\bAIza[0-9A-Za-z_\\-]{35}',
      // GitHub, GitLab, Slack, Hugging Face, npm
      '\\b(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_)[A-Za-z0-9_\\-]{20,}',
      '\\bxox[abeoprs]-[A-Za-z0-9\\-]{10,}',
      // JSON web tokens, private keys
      '\\beyJ[A-Za-z0-9_\\-]{8,200}\\.eyJ[A-Za-z0-9_\\-.]*',
      '-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\\r\\n\\\\]*',
    ],
  },
};

/** C++ has `std::cafe`, which is an address too: a few groups make it one that somebody has. */
function isAddress(text: string): boolean {
  return isIP(text, '6') && text.split(':').filter(Boolean).length >= 3;
}

/** @param kinds which to look for. Default: all. */
export function personalDataRules(kinds: readonly PersonalData[] = PERSONAL_DATA): TextRule[] {
  return kinds.flatMap((kind) => {
    const { patterns, isValid, isNumber } = FORMS[kind];
    const replacement = `[${kind.toUpperCase().replaceAll('-', '_')}]`;
    return patterns.map((source): TextRule => {
      const pattern = parsePattern(source);
      return {
        kind,
        pattern: isNumber === undefined ? pattern : { ...pattern, start: 'number', end: 'number' },
        replacement,
        ...(isValid && { isValid }),
      };
    });
  });
}
