/** A command line that cannot be understood. Its message is followed by where the help is. */

import { Refusal } from '../../model/outcome.ts';

export class Misuse extends Refusal {
  /** What to type for help, such as `darkroom run --help`. */
  readonly help: string;
  constructor(message: string, command?: string) {
    super(message);
    this.help = command ? `darkroom ${command} --help` : 'darkroom --help';
  }
}
