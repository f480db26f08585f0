"""Templates of sites: each shows a story in its own markup, among what sites put around an article."""

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from eval.pages.story import Story, paragraphs

Template = Callable[[Story, str], str]
"""Takes a story and the canonical URL of its page, and returns the page in HTML."""


def teasers(story: Story, element: str = "<li><a href='/n/{n}'>{title}</a></li>") -> str:
    """Return links to other articles."""
    titles = story.phrases["teasers"]
    return "".join(element.format(n=number, title=escape(title)) for number, title in enumerate(titles, start=1))


def menu(story: Story) -> str:
    """Return the sections of a site as list items."""
    return "".join(f"<li><a href='/s/{name}'>{name}</a></li>" for name in story.phrases["menu"].split())


def document(
    story: Story, body: str, head: str = "", title: str | None = None, doctype: str = "<!doctype html>"
) -> str:
    """Return a page; `{charset}` is replaced by the declaration of its encoding."""
    return (
        f'{doctype}<html lang="{story.language}"><head>{{charset}}<title>{escape(title or story.title)}</title>{head}'
        f"</head><body>{body}</body></html>"
    )


def data(value: Mapping[str, Any]) -> str:
    """Return a script with data of schema.org."""
    script = json.dumps({"@context": "https://schema.org", **value}, ensure_ascii=False)
    return f'<script type="application/ld+json">{script}</script>'


def wordpress(story: Story, url: str) -> str:
    say = story.phrases
    first, *others = paragraphs(story)
    head = (
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{escape(story.title)}">'
        f'<meta property="og:site_name" content="{escape(story.outlet)}"><meta name="generator" content="WordPress 6.8">'
        f'<meta property="article:published_time" content="{story.published}T06:30:00+00:00">'
        f'<meta name="author" content="{escape(story.author)}">'
    )
    body = f"""
<div id="page" class="site"><a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<header id="masthead" class="site-header"><p class="site-title"><a href="/">{story.outlet}</a></p>
<nav class="main-navigation"><ul class="menu">{menu(story)}</ul></nav></header>
<div id="content" class="site-content"><main id="main" class="site-main">
<article id="post-4711" class="post-4711 post type-post status-publish format-standard hentry category-local">
<header class="entry-header"><h1 class="entry-title">{escape(story.title)}</h1>
<div class="entry-meta"><span class="posted-on">{say["published"]} <time class="entry-date published"
 datetime="{story.published}T06:30:00+00:00">{story.day}</time></span> <span class="byline">{say["by"]} <span class="author vcard">
<a class="url fn n" href="/author/x/">{story.author}</a></span></span></div></header>
<div class="entry-content"><p><strong>{escape(story.lead)}</strong></p>
<figure class="wp-block-image size-large"><img src="/u/a.jpg" alt=""><figcaption class="wp-element-caption">{story.caption}
</figcaption></figure>{first}<p class="has-text-align-left"><strong>{say["also"]}</strong>
 <a href="/n/1">{escape(say["teasers"][0])}</a></p>{"".join(others)}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">{say["share"]} :</h3><ul><li><a href="#">Facebook</a></li>
<li><a href="#">X</a></li></ul></div><div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline">
<em>{say["related"]}</em></h3>{teasers(story)}</div></div>
<footer class="entry-footer"><span class="cat-links">{say["menu"].split()[1]}</span></footer>
<div class="author-box"><h4>{story.author}</h4><p>{say["author"]}</p></div></article>
<div id="comments" class="comments-area"><h2 class="comments-title">2 {say["comments"]}</h2><ol class="comment-list">
<li class="comment"><article class="comment-body"><p>{say["comment"]}</p></article></li></ol></div></main>
<aside id="secondary" class="widget-area"><section class="widget"><h2>{say["top"]}</h2><ul>{teasers(story)}</ul></section>
<section class="widget widget_mc4wp"><p>{say["newsletter"]}</p><form><input type="email"><button>{say["subscribe"]}</button>
</form></section></aside></div><footer class="site-footer"><p>{say["legal"]}</p></footer></div>
<div id="cookie-notice"><span>{say["cookies"]}</span><button>{say["accept"]}</button></div>"""
    return document(story, body, head, f"{story.title} - {story.outlet}")


def drupal(story: Story, url: str) -> str:
    say = story.phrases
    head = (
        f'<link rel="canonical" href="{url}"><meta name="Generator" content="Drupal 10">'
        f'<meta name="dcterms.date" content="{story.published}T09:12+01:00">'
        f'<meta name="dcterms.creator" content="{escape(story.author)}">'
        f'<meta property="og:site_name" content="{escape(story.outlet)}">'
    )
    body = f"""
<div class="dialog-off-canvas-main-canvas"><header role="banner"><div class="region region-header">{story.outlet}</div></header>
<nav role="navigation" id="block-main-menu"><ul>{menu(story)}</ul></nav><main role="main"><div class="layout-content">
<div class="region region-content"><div id="block-page-title"><h1><span class="field field--name-title">{escape(story.title)}
</span></h1></div><div id="block-content"><article class="node node--type-article node--view-mode-full"><footer
 class="node__meta"><div class="node__submitted">{say["by"]} <span class="field--name-uid">{story.author}</span>,
 <span class="field--name-created">{story.day}</span></div></footer><div class="node__content">
<div class="field field--name-field-image"><img src="/f.jpg"><blockquote class="image-field-caption"><p>{story.caption}
 {say["photo"]} : {story.outlet}</p></blockquote></div>
<div class="clearfix text-formatted field field--name-field-chapo field--type-text-long field__item"><p>{escape(story.lead)}</p>
</div><div class="clearfix text-formatted field field--name-body field--type-text-with-summary field__item">
{"".join(paragraphs(story))}</div><div class="field field--name-field-tags"><div class="field__label">Tags</div><a href="/t/1"
>{say["menu"].split()[2]}</a></div><ul class="links inline"><li class="comment-add"><a href="#comment-form">{say["comments"]}
</a></li></ul><section class="field field--name-comment comment-wrapper"><h2>{say["comments"]}</h2><article class="comment">
<p>{say["comment"]}</p></article></section></div></article></div></div></div><aside class="layout-sidebar-second">
<div class="views-element-container block"><h2>{say["top"]}</h2>{teasers(story)}</div></aside></main>
<footer class="site-footer"><p>{say["legal"]}</p></footer></div>"""
    return document(story, body, head, f"{story.title} | {story.outlet}")


def soup(story: Story, url: str) -> str:
    """Return a page of nested `div` with generated classes, as frameworks of scripts write them."""
    say = story.phrases
    state: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": f"{story.published}T05:00:00.000Z",
    }
    state |= {"author": [{"@type": "Person", "name": story.author}], "publisher": {"name": story.outlet}}
    blocks = "".join(
        f'<div class="css-1r7ky0e"><div class="css-53u6y8">{each.replace("<p>", "<div>").replace("</p>", "</div>")}</div></div>'
        for each in paragraphs(story)
    )
    body = f"""
<div id="__next"><div class="css-a1"><div class="css-b2"><a href="/">{story.outlet}</a></div><div class="css-b3">
<ul>{menu(story)}</ul></div></div><div class="css-c0"><div class="css-c1"><div class="css-h1x"><h1>{escape(story.title)}</h1></div>
<div class="css-k9">{say["by"]} {story.author} · {story.day} · {say["read"]}</div><div class="css-sh4"><button>{say["share"]}
</button><span>Facebook</span><span>WhatsApp</span></div><div class="css-lead">{escape(story.lead)}</div>
<div class="css-pic"><img src="/1.webp"><div class="css-cap">{story.caption} © {story.outlet}</div></div>{blocks}
<div class="css-ad0"><div>{say["ad"]}</div></div><div class="css-nl"><div>{say["newsletter"]}</div><button>{say["subscribe"]}
</button></div><div class="css-rel"><div>{say["related"]}</div>{teasers(story, "<div class='css-t'><a href='/n/{n}'>{title}</a></div>")}
</div></div></div><div class="css-foot"><div>{say["legal"]}</div></div><div class="css-ck" role="dialog">
<div>{say["cookies"]}</div><button>{say["accept"]}</button></div></div><script>window.__STATE__={{"a":1}}</script>"""
    return document(story, body, f'<link rel="canonical" href="{url}">{data(state)}')


def tables(story: Story, _: str) -> str:
    """Return a page of 2003: tables for its layout, fonts, paragraphs divided by `<br><br>`."""
    say = story.phrases
    lines = "<br><br>".join(
        f"<b>{escape(each[3:])}</b>" if each.startswith("## ") else escape(each) for each in story.blocks
    )
    links = teasers(story, "<tr><td><font size=1>&#149; <a href='n{n}.htm'>{title}</a></font></td></tr>")
    sections = "".join(f"<td><a href=#>{name}</a></td>" for name in say["menu"].split())
    body = f"""
<table width=760 border=0 align=center><tr><td colspan=3 bgcolor=#003366><font color=white size=5>{story.outlet}</font></td></tr>
<tr><td colspan=3><table><tr>{sections}</tr></table></td></tr><tr><td width=140 valign=top><table><tr><td bgcolor=#cccccc>
<b>{say["top"]}</b></td></tr>{links}</table></td><td valign=top><font face=Verdana size=4><b>{escape(story.title)}</b></font><br>
<font size=1 color=#666666>{say["published"]} {story.day} - {say["by"]} {story.author}</font><br><br>
<font face=Verdana size=2><b>{escape(story.lead)}</b><br><br>{lines}</font><br><br><table width=100%><tr>
<td><a href=print.htm>{say["share"]}</a></td></tr></table></td><td width=120 valign=top><font size=1>{say["ad"]}</font></td></tr>
<tr><td colspan=3 align=center><font size=1>{say["legal"]}</font></td></tr></table>"""
    return document(
        story, body, "", f"{story.outlet} - {story.title}", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">'
    )


def amp(story: Story, url: str) -> str:
    say = story.phrases
    first, *others = paragraphs(story)
    state: dict[str, Any] = {"@type": "NewsArticle", "mainEntityOfPage": url, "headline": story.title}
    state |= {"datePublished": f"{story.published}T07:00:00+01:00", "dateModified": "2026-04-01T07:00:00+01:00"}
    state |= {"author": {"@type": "Person", "name": story.author}}
    state |= {"publisher": {"@type": "NewsMediaOrganization", "name": story.outlet, "logo": {"url": "/l.png"}}}
    head = (
        f'<link rel="canonical" href="{url}"><script async src="https://cdn.ampproject.org/v0.js"></script>'
        f"<style amp-boilerplate>body{{visibility:hidden}}</style>{data(state)}"
    )
    body = f"""
<amp-sidebar id="menu" layout="nodisplay"><ul>{menu(story)}</ul></amp-sidebar><header class="amp-wp-header"><a href="/">
{story.outlet}</a></header><article class="amp-wp-article"><header><h1 class="amp-wp-title">{escape(story.title)}</h1>
<div class="amp-wp-meta amp-wp-byline"><span>{story.author}</span></div><div class="amp-wp-meta"><time>{story.day}</time></div>
</header><figure><amp-img src="/a.jpg" width="600" height="400"></amp-img><figcaption>{story.caption}</figcaption></figure>
<div class="amp-wp-article-content"><p class="lead">{escape(story.lead)}</p>{first}<amp-ad width="300" height="250" type="x">
<div placeholder>{say["ad"]}</div></amp-ad>{"".join(others)}<amp-social-share type="email">{say["share"]}</amp-social-share>
<amp-list src="/more.json"><div>{say["related"]}</div></amp-list></div><ul class="related">{teasers(story)}</ul></article>
<amp-consent id="c"><div class="popup"><p>{say["cookies"]}</p><button>{say["accept"]}</button></div></amp-consent>
<footer>{say["legal"]}</footer>"""
    return document(story, body, head, doctype="<!doctype html>").replace("<html ", "<html amp ", 1)


def microdata(story: Story, url: str) -> str:
    say = story.phrases
    body = f"""
<div class="top"><ul class="nav-items">{menu(story)}</ul></div><div itemscope itemtype="https://schema.org/NewsArticle">
<meta itemprop="mainEntityOfPage" content="{url}"><h1 itemprop="headline">{escape(story.title)}</h1>
<p class="infos">{say["by"]} <span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">
{story.author}</span></span> - <span itemprop="datePublished" content="{story.published}">{story.day}</span></p>
<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization"><meta itemprop="name" content="{escape(story.outlet)}">
</div><div itemprop="image" itemscope itemtype="https://schema.org/ImageObject"><img src="/1.jpg"><p class="img-legend">
{story.caption} ({say["photo"]} {story.outlet})</p></div><div itemprop="articleBody"><p class="chapo">{escape(story.lead)}</p>
{"".join(paragraphs(story))}</div></div><div class="outils"><a href="#">{say["share"]}</a> <a href="#">{say["comments"]}</a></div>
<div class="voir-aussi"><p>{say["related"]}</p><ul>{teasers(story)}</ul></div><div class="pied">{say["legal"]}</div>"""
    return document(story, body, f'<link rel="canonical" href="{url}">')


def graph(story: Story, url: str) -> str:
    """Return a page whose data name author and outlet by their ids, as the plugins of search engines do."""
    say, site = story.phrases, url.rsplit("/", 1)[0]
    state = [
        {
            "@type": "WebSite",
            "@id": f"{site}/#website",
            "name": story.outlet,
            "publisher": {"@id": f"{site}/#organization"},
        },
        {"@type": "Organization", "@id": f"{site}/#organization", "name": story.outlet},
        {"@type": "WebPage", "@id": url, "url": url, "datePublished": f"{story.published}T04:00:00+00:00"},
        {
            "@type": "NewsArticle",
            "@id": f"{url}#article",
            "isPartOf": {"@id": url},
            "author": {"@id": f"{site}/#/schema/person/77"},
            "headline": story.title,
            "datePublished": f"{story.published}T04:00:00+00:00",
            "publisher": {"@id": f"{site}/#organization"},
        },
        {"@type": "Person", "@id": f"{site}/#/schema/person/77", "name": story.author},
    ]
    blocks = paragraphs(story)
    advert = f'<div class="ad-slot" data-slot="mpu"><span>{say["ad"]}</span></div>'
    body = f"""
<header class="header"><a href="/">{story.outlet}</a><nav>{menu(story)}</nav></header><main><article><div class="article__kicker">
{say["menu"].split()[1]}</div><h1 class="article__title">{escape(story.title)}</h1><p class="article__standfirst">{escape(story.lead)}
</p><div class="article__meta"><a href="/x">{story.author}</a><span>{story.day}</span><span>{say["read"]}</span></div>
<ul class="social-links"><li><a href="#">{say["share"]}</a></li></ul><div class="article__body">{advert.join(blocks)}
<div class="article__also"><span>{say["also"]}</span><a href="/n/2">{say["teasers"][1]}</a></div></div></article>
<section class="recommendations"><h2>{say["related"]}</h2>{teasers(story, "<article><h3><a href='/n/{n}'>{title}</a></h3></article>")}
</section></main><footer><p>{say["legal"]}</p></footer>"""
    head = f'<link rel="canonical" href="{url}">{data({"@graph": state})}'
    return document(story, body, head, f"{story.title} – {story.outlet}")


def opengraph(story: Story, url: str) -> str:
    say = story.phrases
    head = (
        f'<meta property="og:type" content="article"><meta property="og:url" content="{url}">'
        f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:site_name" content="{escape(story.outlet)}">'
        f'<meta property="article:published_time" content="{story.published}">'
        f'<meta property="og:description" content="{escape(story.lead)}">'
    )
    body = f"""
<div class="wrap"><div class="brand">{story.outlet}</div><div class="story"><div class="story-title">{escape(story.title)}</div>
<div class="story-by">{say["by"]} {story.author}</div><div class="story-text"><p><em>{escape(story.lead)}</em></p>
{"".join(paragraphs(story))}</div><p class="tools"><a href="#">{say["share"]}</a> | <a href="#">X</a> | <a href="#">Facebook</a></p>
</div><div class="more"><p>{say["related"]}</p>{teasers(story, "<p><a href='/n/{n}'>{title}</a></p>")}</div></div>
<div class="gdpr-layer"><p>{say["cookies"]}</p><a href="#">{say["accept"]}</a></div><p class="legal">{say["legal"]}</p>"""
    return document(story, body, head, story.title)


def time_only(story: Story, _: str) -> str:
    say = story.phrases
    body = f"""
<header><a href="/">{story.outlet}</a></header><main><article><h1>{escape(story.title)}</h1><p><time datetime="{story.published}">
{story.day}</time> — <a rel="author" href="/a/1">{story.author}</a></p><p>{escape(story.lead)}</p>{"".join(paragraphs(story))}</article>
<aside><h2>{say["top"]}</h2><ol>{teasers(story, "<li><time datetime='2025-12-0{n}'>{n}</time> <a href='/n/{n}'>{title}</a></li>")}</ol>
</aside></main><footer><small>{say["legal"]}</small></footer>"""
    return document(story, body, "", f"{story.title} | {story.outlet}")


def bare(story: Story, _: str) -> str:
    """Return a page without metadata."""
    say = story.phrases
    body = f"""<h1>{escape(story.title)}</h1><p>{say["by"]} {story.author}</p><p>{say["published"]} {story.day}</p>
<p><b>{escape(story.lead)}</b></p>{"".join(paragraphs(story))}<hr><p><a href="/">{story.outlet}</a></p>"""
    return document(story, body, "", f"{story.title} - {story.outlet}")


TEMPLATES: Mapping[str, Template] = {
    each.__name__: each for each in (wordpress, drupal, soup, tables, amp, microdata, graph, opengraph, time_only, bare)
}
