/** A part of the page: one file that makes it and one line in the list. */

import type { Pictures } from '../../../journal/pictures.ts';
import type { Report } from '../../shape.ts';
import type { Markup } from '../markup.ts';

export interface Panel {
  /** Its anchor, and its class for the style. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** In the navigation, where all stand on one line. */
  readonly short: string;
  /** Null where there is nothing to show: then it has no heading either. */
  show(report: Report, pictures: Pictures): Markup | null;
}
