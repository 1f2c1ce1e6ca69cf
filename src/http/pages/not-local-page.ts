/** What a browser on another machine sees where only this one is served: what to set, in the languages of the page. */
export const NOT_LOCAL_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Backup downloads</title>
<h1>Only browsers on the machine of this service are served</h1>
<p>The service does not tell callers apart (<code>AUTH=none</code>), so it answers its own machine alone, under its local name and not through a proxy. A token does not help.</p>
<p>To serve others, its operator sets <code>AUTH=jwt</code>, or, on a network where everybody may download everything, <code>ALLOW_ANONYMOUS=true</code>.</p>
<div lang="zh-CN">
<h1>此服务只响应本机上的浏览器</h1>
<p>服务不区分调用者（<code>AUTH=none</code>），因此只响应以本机名称、不经代理的访问。令牌不起作用。</p>
<p>要供其他机器使用，请管理员设置 <code>AUTH=jwt</code>；如果网络中的所有人都可以下载全部备份，也可以设置 <code>ALLOW_ANONYMOUS=true</code>。</p>
</div>
</html>
`;

/** It has neither script nor style. */
export const NOT_LOCAL_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
