import { expect, test } from 'vitest';
import { html, NOTHING, trusted } from '../../../coordinator/report/html-text.js';

test('strings are escaped in text and in attributes', () => {
  const evil = `<img src=x onerror="alert('1')">&`;
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>',
  );
});

test('numbers, markup and lists of both go in', () => {
  expect(html`<b>${[1, html`<i>${'<'}</i>`, [NOTHING, 'x']]}</b>`.text).toBe('<b>1<i>&lt;</i>x</b>');
});

test('backslashes and dollar signs stay as they are', () => {
  expect(html`${'a\\n'}${'$&'}${trusted('<hr>')}`.text).toBe('a\\n$&amp;<hr>');
});
