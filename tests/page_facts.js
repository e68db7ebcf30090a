// What a test wants to know of a page, asked in the page itself.

// On a phone, everything unfolded.
function facts() {
    const maths = [...document.querySelectorAll(".math")].filter((e) => !e.closest(".cc-cards thead"));
    const text = document.querySelector("article")?.cloneNode(true);
    text?.querySelectorAll("pre, code, math, script").forEach((e) => e.remove());
    const letters = (s) => s.getAttribute("font-size") * s.getBoundingClientRect().width / s.viewBox.baseVal.width;
    return {
        maths: maths.length,
        drawn: maths.filter((e) => e.querySelector("math")?.getBoundingClientRect().width > 0).length,
        bad_maths: document.querySelectorAll("merror, .temml-error, .math code").length,
        fonts: [...document.fonts].filter((f) => f.status == "loaded").map((f) => f.family),
        text: text?.textContent ?? "",
        images: [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src),
        small_letters: [...document.querySelectorAll("article .cc-drawing svg")]
            .filter((s) => s.clientWidth > 0 && letters(s) < 11).map((s) => s.outerHTML.slice(0, 120)),
        no_alt: [...document.querySelectorAll("article img, article [role=img]")]
            .filter((i) => !i.alt && !i.ariaLabel).map((i) => i.outerHTML.slice(0, 120)),
        squeezed: [...document.querySelectorAll("article :is(th, td)")]  // words of a cell stand letter by letter
            .filter((e) => e.clientWidth && /[^\s,.]{5}/.test(e.innerText) && e.clientWidth < 2 * 16)
            .map((e) => e.outerHTML.slice(0, 120)),
        no_caption: [...document.querySelectorAll("article table")]
            .filter((t) => !t.caption?.textContent.trim() && !t.closest(".cc-live, .genindextable")).map((t) => t.innerText.slice(0, 60)),
        no_heading: [...document.querySelectorAll("article table")]
            .filter((t) => t.tHead?.textContent.trim() && !t.querySelector("th[scope]")).map((t) => t.innerText.slice(0, 60)),
        links: [...document.querySelectorAll("a[href]")].map((a) => new URL(a.href.baseVal ?? a.href, location).href),
    };
}

// How wide the page is where the machine has no other font than this one.
async function widthWith(font) {
    const rest = ":not(math, math *, i, [class*=fa-], .math, .math *)";
    const style = document.createElement("style");
    style.textContent = `@font-face { font-family: only; src: url(${font}) } * { transition: none !important }
        body, body *${rest} { font-family: only !important }`;
    document.head.append(style);
    await document.fonts.load("16px only");
    await document.fonts.ready;
    await new Promise(requestAnimationFrame);
    const width = document.documentElement.scrollWidth;
    const widest = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth
        && width > innerWidth).slice(-1).map((e) => e.outerHTML.slice(0, 120));
    const cut = [...document.querySelectorAll("article :is(td, th)")]
        .filter((e) => e.innerText.trim() && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        .map((e) => e.innerText.slice(0, 40));
    style.remove();
    return {widths: [width, ...widest], cut};
}

// axe measures the contrast of every word; words of one look on one ground have one contrast, so one of each will do.
function markOneOfEachLook() {
    const seen = new Set(), looks = new Map();
    const look = (e) => {  // what the contrast of a text in `e` depends on
        if (!e) return "";
        if (!looks.has(e)) {
            const s = getComputedStyle(e);
            const ground = s.backgroundColor == "rgba(0, 0, 0, 0)" && s.backgroundImage == "none" ? ""
                : s.backgroundColor + s.backgroundImage.slice(0, 40);
            const own = [s.opacity, s.filter, s.mixBlendMode, s.position == "static" ? "" : s.position, ground].join();
            looks.set(e, look(e.parentElement) + (own == "1,none,normal,," ? "" : "/" + own));
        }
        return looks.get(e);
    };
    document.querySelectorAll(".one-look").forEach((e) => e.classList.remove("one-look"));
    for (const e of document.querySelectorAll("body *")) {
        if (!e.matches("input, select, textarea, button") && ![...e.childNodes].some((n) => n.nodeType == 3 && n.data.trim()))
            continue;
        if (!e.checkVisibility({visibilityProperty: true})) continue;
        const s = getComputedStyle(e);
        const key = [s.color, s.fontSize, s.fontWeight, s.textShadow, s.webkitTextFillColor, look(e)].join(";");
        if (!seen.has(key)) {
            seen.add(key);
            e.classList.add("one-look");
        }
    }
    return seen.size;
}

async function complaints({rest, rules}) {
    markOneOfEachLook();
    axe.configure({rules: [{id: "color-contrast", selector: ".one-look"}]});
    const options = {...rules, resultTypes: ["violations"], preload: false};  // no second fetch of the styles
    const {violations} = await axe.run({exclude: [rest]}, options);
    return violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]);
}
