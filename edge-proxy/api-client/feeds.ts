import { apiAddresses, isSameAccess, type RouteApiAccess } from "./addresses.ts";
import { FeedFollower, type FeedFollowerOptions } from "./feed-follower.ts";

/** The feed followers of a process: instances that use the same route API share one. */
export interface Feeds {
  of(access: RouteApiAccess): FeedFollower;
}

export function createFeeds(context: Omit<FeedFollowerOptions, "addresses">): Feeds {
  let feeds: { access: RouteApiAccess; feed: FeedFollower }[] = [];
  return {
    of(access) {
      const known = feeds.find((each) => isSameAccess(each.access, access));
      if (known !== undefined) return known.feed;
      const feed = new FeedFollower({ ...context, addresses: apiAddresses(access) });
      feeds = [...feeds.filter((each) => each.feed.hasSubscribers), { access, feed }];
      return feed;
    },
  };
}
