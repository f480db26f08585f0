"""Forms of articles: a brief, a long read, a gallery, a table and the like, each in the markup of another site."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from eval.pages.story import Story, paragraphs, plain
from eval.pages.templates import data, document, menu, teasers

Form = Callable[[Story, str], str]
"""Takes a story and the canonical URL of its page, and returns the page in HTML."""


def brief(story: Story, url: str) -> str:
    say = story.other_phrases
    head = f'<link rel="canonical" href="{url}"><meta property="og:site_name" content="{escape(story.outlet)}">'
    body = f"""
<header><div class="logo">{story.outlet}</div><nav>{menu(story)}</nav></header><div class="flash"><h1>{escape(story.title)}</h1>
<p class="flash-date">{say["published"]} <time datetime="{story.published}T10:01:00+01:00">{story.day}</time></p>
<p class="flash-sign">{say["by"]} {story.author}</p><p>{escape(story.lead)}</p>{"".join(paragraphs(story))}</div>
<div class="flash-list"><h2>{say["top"]}</h2>{teasers(story, "<div class='flash-item'><h3><a href='/b/{n}'>{title}</a></h3></div>")}
</div><div class="sp-message"><p>{say["cookies"]}</p><button>{say["accept"]}</button></div><footer>{say["legal"]}</footer>"""
    return document(story, body, head)


def long_read(story: Story, url: str) -> str:
    """Return a page with a standfirst, a drop cap, pull quotes that repeat the text, and a box with the author."""
    say = story.other_phrases
    state: dict[str, Any] = {
        "@type": "ReportageNewsArticle",
        "headline": story.title,
        "datePublished": f"{story.published}T18:00:00+01:00",
    }
    state |= {
        "author": {"@type": "Person", "name": story.author},
        "publisher": {"@type": "Organization", "name": story.outlet},
    }
    blocks = paragraphs(story)
    pull = plain(story.blocks[0]).split(". ")[0]
    first = plain(story.blocks[0])
    blocks[0] = f'<p class="has-drop-cap"><span class="dropcap">{escape(first[0])}</span>{escape(first[1:])}</p>'
    blocks.insert(2, f'<aside class="pullquote"><p>{escape(pull)}</p></aside>')
    blocks.insert(4, f'<blockquote class="pull-quote"><p>{escape(pull)}</p></blockquote>')
    body = f"""
<div class="progress-bar"></div><article class="longform"><div class="hero"><img src="/h.jpg"><div class="hero-credit">{say["photo"]}
 {story.outlet}</div></div><div class="longform-head"><h1>{escape(story.title)}</h1><h2 class="subtitle">{escape(story.lead)}</h2>
<div class="longform-meta"><span>{say["by"]} {story.author}</span><span>{story.day}</span><span>{say["read"]}</span></div></div>
<div class="longform-body">{"".join(blocks)}<figure class="wide"><img src="/2.jpg"><figcaption><span>{story.caption}</span>
<cite>{say["photo"]} {story.outlet}</cite></figcaption></figure></div><div class="bio"><img src="/p.jpg"><p><b>{story.author}</b>
 {say["author"]}</p></div></article><section class="read-next"><h3>{say["related"]}</h3>
{teasers(story, "<a class='card' href='/n/{n}'><h4>{title}</h4></a>")}</section><footer>{say["legal"]}</footer>"""
    return document(story, body, f'<link rel="canonical" href="{url}">{data(state)}', f"{story.title} · {story.outlet}")


def gallery(story: Story, url: str) -> str:
    """Return a page whose text is in the captions of its pictures."""
    say = story.other_phrases
    head = f'<meta property="og:title" content="{escape(story.title)}"><meta property="og:url" content="{url}">'
    head += (
        f'<meta property="og:site_name" content="{escape(story.outlet)}"><meta name="date" content="{story.published}">'
    )
    pictures = "".join(
        f"""<li class="slide"><figure><img src="/{number}.jpg" alt=""><figcaption class="slide-caption">{escape(block[2:])}
<span class="slide-credit">{say["photo"]} {story.author}</span></figcaption></figure></li>"""
        for number, block in enumerate(story.blocks)
    )
    body = f"""
<nav class="nav">{menu(story)}</nav><main><h1>{escape(story.title)}</h1><p class="by">{say["by"]} {story.author}</p>
<p class="intro">{escape(story.lead)}</p><ul class="slides">{pictures}</ul><p><a href="#">{say["share"]}</a></p></main>
<div class="also"><h2>{say["also"]}</h2><ul>{teasers(story)}</ul></div><footer>{say["legal"]}</footer>"""
    return document(story, body, head, f"{story.title} | {story.outlet}")


def ranking(story: Story, url: str) -> str:
    say = story.other_phrases
    head = f'<link rel="canonical" href="{url}"><meta name="author" content="{escape(story.author)}">'
    head += f'<meta property="article:published_time" content="{story.published}T07:45:00+01:00">'
    head += f'<meta property="og:site_name" content="{escape(story.outlet)}">'
    items = []
    for block in story.blocks:
        if block.startswith("## "):
            items.append(f'<h3 class="rank">{escape(block[3:])}</h3>')
        elif block.startswith("- "):
            items.append(f"<ul><li>{escape(block[2:])}</li></ul>")
        else:
            items.append(f"<p>{escape(block)}</p><p><img src='/r.jpg'></p>")
    listed = "".join(items).replace("</ul><ul>", "")
    body = f"""
<div id="top"><ul>{menu(story)}</ul></div><div id="main" class="content"><h1>{escape(story.title)}</h1><div class="post-info">
{story.author} | {story.day} | <a href="#c">3 {say["comments"]}</a></div><p><b>{escape(story.lead)}</b></p>{listed}
<p><strong>{say["also"]} :</strong></p><ul>{teasers(story)}</ul><p><em>{say["newsletter"]}</em></p><form action="/nl"><input
 name="mail" type="email"><input type="submit" value="{say["subscribe"]}"></form></div><div id="c"><h2>{say["comments"]}</h2>
<div class="c-item"><b>Marcel67</b><p>{say["comment"]}</p></div></div><div id="foot">{say["legal"]}</div>"""
    return document(story, body, head)


def data_table(story: Story, url: str) -> str:
    say = story.other_phrases
    state: dict[str, Any] = {"@type": "Article", "headline": story.title, "datePublished": story.published, "url": url}
    state |= {"author": story.author, "publisher": {"@type": "Organization", "name": story.outlet}}
    rows = [block[2:].split(" | ") for block in story.blocks if block.startswith("| ")]
    head, *others = [
        "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
        for row, tag in zip(rows, ["th", *["td"] * len(rows)], strict=False)
    ]
    lines = "".join(f"<tr>{row}</tr>" for row in others)
    text = "".join(f"<p>{escape(block)}</p>" for block in story.blocks if not block.startswith("| "))
    body = f"""
<header>{story.outlet}<nav>{menu(story)}</nav></header><main id="content"><article><header><h1>{escape(story.title)}</h1>
<p class="signature">{say["by"]} {story.author} - {story.day}</p></header><p>{escape(story.lead)}</p><div class="table-wrapper">
<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>{text}<div class="share"><a href="#">{say["share"]}</a>
</div></article></main><footer>{say["legal"]}</footer>"""
    return document(story, body, data(state))


def interview(story: Story, url: str) -> str:
    say = story.other_phrases
    head = f'<link rel="canonical" href="{url}"><meta property="og:site_name" content="{escape(story.outlet)}">'
    head += f'<meta property="article:published_time" content="{story.published}T05:00:00Z">'
    talk = "".join(
        f"<p><strong>{escape(block[2:])}</strong></p>" if block.startswith("? ") else f"<p>{escape(block)}</p>"
        for block in story.blocks
    )
    body = f"""
<header class="hd"><a href="/">{story.outlet}</a></header><div class="page"><section class="entretien"><h1>{escape(story.title)}</h1>
<p class="chapeau">{escape(story.lead)}</p><p class="auteur">{say["by"]} {story.author}</p><div class="media"><img src="/i.jpg">
<p class="legende">{story.caption} {say["photo"]} {story.outlet}</p></div><div class="texte">{talk}</div>
<div class="bandeau-abo"><p>{say["newsletter"]}</p><a class="btn" href="/abo">{say["subscribe"]}</a></div></section>
<section class="suite"><h2>{say["also"]}</h2>{teasers(story, "<div><a href='/n/{n}'>{title}</a></div>")}</section></div>
<footer>{say["legal"]}</footer>"""
    return document(story, body, head)


def questions(story: Story, url: str) -> str:
    """Return a page of questions that open their answers."""
    say = story.other_phrases
    state: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": f"{story.published}T09:00:00+01:00",
    }
    state |= {"author": {"@type": "Person", "name": story.author}, "publisher": {"name": story.outlet}}
    pairs = zip(story.blocks[::2], story.blocks[1::2], strict=True)
    panels = "".join(
        f"""<div class="accordion-item"><h2 class="accordion-header"><button class="accordion-button" aria-expanded="false">
{escape(question[2:])}</button></h2><div class="accordion-panel"><p>{escape(answer)}</p></div></div>"""
        for question, answer in pairs
    )
    body = f"""
<nav>{menu(story)}</nav><main><h1>{escape(story.title)}</h1><p class="lead">{escape(story.lead)}</p><p>{say["by"]} {story.author},
 {story.day}</p><div class="accordion">{panels}</div><button class="share-button">{say["share"]}</button></main>
<aside><h2>{say["top"]}</h2><ul>{teasers(story)}</ul></aside><footer>{say["legal"]}</footer>"""
    return document(story, body, f'<link rel="canonical" href="{url}">{data(state)}')


def stub(story: Story, url: str) -> str:
    """Return a page that shows only the first paragraph to readers without a subscription."""
    say = story.other_phrases
    state: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": f"{story.published}T06:00:00+01:00",
    }
    state |= {"author": [{"@type": "Person", "name": story.author}], "publisher": {"name": story.outlet}}
    state |= {"isAccessibleForFree": False}
    body = f"""
<header>{story.outlet}</header><main><article><h1>{escape(story.title)}</h1><p class="article__desc">{escape(story.lead)}</p>
<section class="article__content"><p>{escape(plain(story.blocks[0]))}</p></section><section class="wall"><h3>{say["subscriber"]}</h3>
<ul class="offers"><li>1 € / 1</li><li>9,90 € / 12</li></ul><a href="/login">{say["subscribe"]}</a></section></article>
<section class="friend"><h4>{say["related"]}</h4>{teasers(story, "<p><a href='/n/{n}'>{title}</a></p>")}</section></main>
<footer>{say["legal"]}</footer>"""
    return document(story, body, f'<link rel="canonical" href="{url}">{data(state)}')


def live(story: Story, url: str) -> str:
    say = story.other_phrases
    head = f'<link rel="canonical" href="{url}"><meta property="og:site_name" content="{escape(story.outlet)}">'
    head += f'<meta name="author" content="{escape(story.author)}"><meta name="date" content="{story.published}">'
    entries = "".join(
        f"""<article class="live-post" id="p{number}"><time datetime="{story.published}T{block[2:7]}:00+01:00">{block[2:7]}</time>
<div class="live-text"><p>{escape(block[8:])}</p></div><ul class="live-share"><li>{say["share"]}</li></ul></article>"""
        for number, block in enumerate(story.blocks)
    )
    body = f"""
<header>{story.outlet}</header><main><h1>{escape(story.title)}</h1><p class="live-intro">{escape(story.lead)}</p>
<div class="live-feed">{entries}</div></main><aside>{teasers(story)}</aside><footer>{say["legal"]}</footer>"""
    return document(story, body, head)


def interrupted(story: Story, url: str) -> str:
    """Return a page with boxes and links between the paragraphs, and a correction below them."""
    say = story.other_phrases
    blocks = paragraphs(story)
    boxes = (
        f'<div class="encart"><span>{say["also"]}</span><a href="/n/1">{say["teasers"][0]}</a></div>',
        f'<div class="nl-inline"><h4>{say["newsletter"]}</h4><input type="email"><a class="bt">{say["subscribe"]}</a></div>',
        f'<div id="dfp-inread"><p>{say["ad"]}</p></div>',
        f'<p class="readmore">&gt;&gt; <a href="/n/3">{say["teasers"][2]}</a></p>',
    )
    mixed = "".join(f"{block}{box}" for block, box in zip(blocks, (*boxes, *[""] * len(blocks)), strict=False))
    head = f'<meta property="og:url" content="{url}"><meta property="og:site_name" content="{escape(story.outlet)}">'
    head += f'<meta name="DC.date.issued" content="{story.published}"><meta name="DC.creator" content="{escape(story.author)}">'
    body = f"""
<div class="hdr"><a href="/">{story.outlet}</a><ul>{menu(story)}</ul></div><div class="col-main"><div class="art"><h1>
{escape(story.title)}</h1><div class="art-date">{story.day}</div><div class="art-chapo">{escape(story.lead)}</div>
<div class="art-txt">{mixed}<p class="erratum"><i>{say["correct"]}</i></p></div><div class="art-reagir"><h3>{say["comments"]}</h3>
<div class="reaction"><p>{say["comment"]}</p></div></div></div></div><div class="col-right"><h3>{say["top"]}</h3><ul>{teasers(story)}
</ul></div><div class="cmp"><p>{say["cookies"]}</p><a>{say["accept"]}</a></div><div class="ftr">{say["legal"]}</div>"""
    return document(story, body, head)


FORMS: Mapping[str, tuple[Form, str]] = {
    "brief": (brief, "vol crane jishin"),
    "long_read": (long_read, "loup pont harbour"),
    "gallery": (gallery, "carnaval gel mercato"),
    "ranking": (ranking, "lycees pubs marches"),
    "data_table": (data_table, "cantines ferry aceite"),
    "interview": (interview, "juge apiculteur pilot"),
    "questions": (questions, "taxe vaccin maut"),
    "stub": (stub, "four eau funivia"),
    "live": (live, "crue elections storm"),
    "interrupted": (interrupted, "bac olivar moor"),
}
"""The forms, each with the ids of three stories."""


def text_of(name: str, story: Story) -> str:
    """Return the text that a reader of a page in a form should get, without the title."""
    blocks = list(story.blocks)
    if name == "stub":
        blocks = blocks[:1]
    elif name == "interrupted":
        blocks.append(str(story.other_phrases["correct"]))
    elif name == "live":
        return "\n".join(block[8:] for block in blocks)
    elif name == "data_table":
        header, *_ = (block[2:].split(" | ") for block in blocks)
        rows = [
            "; ".join(f"{column}: {cell}" for column, cell in zip(header, block[2:].split(" | "), strict=True))
            if block.startswith("| ")
            else block
            for block in blocks[1:]
        ]
        return "\n".join([story.lead, *rows])
    return "\n".join([story.lead, *map(plain, blocks)])
