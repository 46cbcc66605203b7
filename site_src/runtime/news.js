/**
 * The stories: from news.json or the archive, or, when they cannot be had, from the page's own markup.
 */

/**
 * @param {string} url
 * @returns {Promise<object>} a JSON Feed 1.1
 */
export async function fetchNews(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: got ${reply.status}; expected 200`);
  return reply.json();
}

/**
 * @param {Element | null} section `#news`
 * @returns {object | null} as much of a JSON Feed as the markup holds
 */
export function newsInPage(section) {
  const items = [...(section?.querySelectorAll("li") ?? [])].map((item) => {
    const head = item.querySelector("h3");
    const link = item.querySelector("a");
    return {
      id: link?.href,
      url: link?.href,
      title: head?.textContent?.trim(),
      content_text: item.querySelector(".summary")?.textContent?.trim() ?? "",
      date_published: item.querySelector("time")?.dateTime,
      authors: [{ name: item.querySelector(".source")?.textContent?.trim() ?? "" }],
      _breathe: { address: head?.id },
    };
  });
  return items.length > 0 ? { version: "https://jsonfeed.org/version/1.1", items } : null;
}
