/** Draws what a program wrote to a terminal as a page: the last state of each line, in its colours. */

const ESC = '\u001b';

/** ECMA-48: SGR parameters that darkroom uses. */
const STYLES: Record<string, string> = {
  1: 'font-weight:bold',
  2: 'opacity:.65',
  31: 'color:#ff7b72',
  32: 'color:#7ee787',
  33: 'color:#e3b341',
  34: 'color:#79c0ff',
  36: 'color:#76e3ea',
};

export function terminalPage(screen: string): string {
  const lines = screen.trimEnd().split('\r\n').map(lastState).map(coloured);
  return `<!doctype html><meta charset="utf-8"><body style="margin:0"><pre style="margin:0;display:inline-block;padding:16px 20px;
background:#0d1117;color:#e6edf3;font:13px/1.45 'DejaVu Sans Mono',monospace">${lines.join('\n')}</pre>`;
}

/** Progress is drawn over itself: what stands behind the last return, or the last order to clear the line, is what stays. */
function lastState(line: string): string {
  const starts = [`${ESC}[1G`, `${ESC}[2K`, `${ESC}[K`, '\r'].map((mark) => {
    const at = line.lastIndexOf(mark);
    return at < 0 ? 0 : at + mark.length;
  });
  return line.slice(Math.max(...starts));
}

function coloured(line: string): string {
  const pieces = line.split(new RegExp(`(${ESC}\\[[0-9;?]*[a-zA-Z])`));
  let open = 0;
  const html = pieces.map((piece) => {
    if (!piece.startsWith(ESC)) return piece.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const [, parameter = ''] = /\[([0-9;]*)m$/.exec(piece) ?? [];
    const style = STYLES[parameter];
    if (style) {
      open++;
      return `<span style="${style}">`;
    }
    // Every other SGR ends what is open: darkroom does not nest colours.
    if (!piece.endsWith('m') || open === 0) return '';
    open--;
    return '</span>';
  });
  return html.join('') + '</span>'.repeat(open);
}
