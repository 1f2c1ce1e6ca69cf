/** Tells remote browsers, in the page's languages, that only local ones are served. */
export const NOT_LOCAL_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Backup downloads</title>
<h1>This service serves only browsers on its own machine</h1>
<p>It does not authenticate callers (<code>AUTH=none</code>), so it accepts requests only from its own machine, to a local host name and not through a proxy. A token will not help.</p>
<p>To serve others, its operator can set <code>AUTH=jwt</code>, or <code>ALLOW_ANONYMOUS=true</code> on a network where everyone may download everything.</p>
<div lang="zh-CN">
<h1>此服务只响应本机上的浏览器</h1>
<p>服务未启用身份验证（<code>AUTH=none</code>），因此只接受来自本机、使用本机主机名且不经代理的访问。令牌不起作用。</p>
<p>要供其他机器使用，请管理员设置 <code>AUTH=jwt</code>；如果网络中的所有人都可以下载全部备份，也可以设置 <code>ALLOW_ANONYMOUS=true</code>。</p>
</div>
</html>
`;

/** It has neither script nor style. */
export const NOT_LOCAL_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
